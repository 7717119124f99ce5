/**
 * The operator's flags. The chart sets them from its values; this table is what `hostler operator --help` prints.
 */
import { parseArgs } from 'node:util';
import type { LogLevel } from '../kernel/log/logger.ts';
import { parseAddress, parseCidrs, parseDurationMs, parseOneOf, parsePositiveInteger, UsageError } from './parse.ts';

export interface OperatorOptions {
  /** Path of a kubeconfig; absent: KUBECONFIG, else the service account of the pod. */
  readonly kubeconfig: string | undefined;
  /** The operator's own: Leases, and the Secrets of cluster-scoped kinds. */
  readonly namespace: string;
  /** Absent: the UID of namespace kube-system. */
  readonly clusterId: string | undefined;
  readonly tickMs: number;
  readonly auditMs: number;
  readonly workers: number;
  /** `host:port` each; undefined: not served. */
  readonly metricsAddress: string | undefined;
  readonly healthAddress: string | undefined;
  readonly debugAddress: string | undefined;
  readonly leaseDurationMs: number;
  readonly leaseRenewDeadlineMs: number;
  readonly leaseRetryMs: number;
  readonly imagesDeniedCidrs: readonly string[];
  readonly imagesAllowedCidrs: readonly string[];
  readonly imagesMaxBytes: number;
  readonly imagesTransfersPerHost: number;
  readonly imagesPruneAfterMs: number;
  readonly logLevel: LogLevel;
  readonly shutdownGraceMs: number;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

interface Flag {
  readonly value: string;
  readonly default: string | undefined;
  readonly help: string;
}

const FLAGS = {
  kubeconfig: { value: 'FILE', default: undefined, help: 'kubeconfig to use; absent: KUBECONFIG, else the service account of the pod' },
  namespace: { value: 'NAME', default: undefined, help: 'namespace of the operator: its Leases, and the Secrets of Hypervisors; required' },
  'cluster-id': {
    value: 'ID',
    default: undefined,
    help: 'written into the owner mark of every machine; absent: the UID of namespace kube-system',
  },
  tick: { value: 'DURATION', default: '10s', help: 'how often each host is observed' },
  audit: { value: 'DURATION', default: '15m', help: 'how often every definition on a host is read again' },
  workers: { value: 'N', default: '64', help: 'how many Instances are reconciled at the same time' },
  'metrics-address': { value: 'HOST:PORT', default: ':8080', help: 'where /metrics is served; 0: nowhere' },
  'health-address': { value: 'HOST:PORT', default: ':8081', help: 'where /healthz, /readyz and /livez are served; 0: nowhere' },
  'debug-address': { value: 'HOST:PORT', default: '0', help: 'where a dump of queues and plans is served; 0: nowhere' },
  'lease-duration': { value: 'DURATION', default: '15s', help: 'how long a Lease lasts without renewal' },
  'lease-renew-deadline': { value: 'DURATION', default: '10s', help: 'when a holder that cannot renew stops acting' },
  'lease-retry': { value: 'DURATION', default: '2s', help: 'how often a Lease is renewed or tried for' },
  'images-denied-cidrs': {
    value: 'CIDRS',
    default: '127.0.0.0/8,::1/128,169.254.0.0/16,fe80::/10',
    help: 'networks that images are not fetched from, checked after name resolution and at every redirect; unless it is empty, loopback, link-local and reserved networks, metadata services of clouds and the addresses of the pod and of the API server are added',
  },
  'images-allowed-cidrs': {
    value: 'CIDRS',
    default: '',
    help: 'networks that images are fetched from although they are denied: they win over all of these',
  },
  'images-max-size': { value: 'GIB', default: '256', help: 'largest image that is accepted, as a file and as a disk' },
  'images-transfers-per-host': {
    value: 'N',
    default: '2',
    help: 'images that are brought to one host at the same time; while others wait, a namespace has one of these at most',
  },
  'images-prune-after': {
    value: 'DURATION',
    default: '168h',
    help: 'how long an image stays in a storage pool where nothing needs it; at least 10m, 0s: for ever',
  },
  'log-level': { value: 'LEVEL', default: 'info', help: `one of ${LEVELS.join(', ')}` },
  'shutdown-grace': { value: 'DURATION', default: '20s', help: 'how long calls under way may take to end after SIGTERM' },
} as const satisfies Record<string, Flag>;

const GIB = 1024 ** 3;

/** Throws `UsageError` with a sentence for the user. */
export function parseOperatorOptions(args: readonly string[]): OperatorOptions {
  const given = readFlags(args);
  const text = (flag: keyof typeof FLAGS): string => given[flag] ?? FLAGS[flag].default ?? '';
  const duration = (flag: keyof typeof FLAGS): number => parseDurationMs(flag, text(flag));
  if (text('namespace') === '') throw new UsageError('--namespace is required: the namespace of the operator');
  const options: OperatorOptions = {
    kubeconfig: given.kubeconfig,
    namespace: text('namespace'),
    clusterId: text('cluster-id') === '' ? undefined : text('cluster-id'),
    tickMs: duration('tick'),
    auditMs: duration('audit'),
    workers: parsePositiveInteger('workers', text('workers')),
    metricsAddress: parseAddress('metrics-address', text('metrics-address')),
    healthAddress: parseAddress('health-address', text('health-address')),
    debugAddress: parseAddress('debug-address', text('debug-address')),
    leaseDurationMs: duration('lease-duration'),
    leaseRenewDeadlineMs: duration('lease-renew-deadline'),
    leaseRetryMs: duration('lease-retry'),
    imagesDeniedCidrs: parseCidrs('images-denied-cidrs', text('images-denied-cidrs')),
    imagesAllowedCidrs: parseCidrs('images-allowed-cidrs', text('images-allowed-cidrs')),
    imagesMaxBytes: parsePositiveInteger('images-max-size', text('images-max-size')) * GIB,
    imagesTransfersPerHost: parsePositiveInteger('images-transfers-per-host', text('images-transfers-per-host')),
    imagesPruneAfterMs: duration('images-prune-after'),
    logLevel: parseOneOf('log-level', text('log-level'), LEVELS),
    shutdownGraceMs: duration('shutdown-grace'),
  };
  checkTimes(options);
  return options;
}

export function operatorUsage(): string {
  const rows = Object.entries<Flag>(FLAGS).map(([name, flag]) => {
    const shown = flag.default === undefined ? '' : ` (default ${flag.default})`;
    return `  --${name} ${flag.value}\n        ${flag.help}${shown}`;
  });
  return `hostler operator: reconciles the kinds of hostler.dev\n\n${rows.join('\n')}\n`;
}

function readFlags(args: readonly string[]): Readonly<Partial<Record<keyof typeof FLAGS, string>>> {
  const options = Object.fromEntries(Object.keys(FLAGS).map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A holder that renews too seldom, or trusts its Lease for too long, would act beside its successor. */
function checkTimes({ leaseDurationMs, leaseRenewDeadlineMs, leaseRetryMs, tickMs, auditMs, imagesPruneAfterMs }: OperatorOptions): void {
  if (leaseRenewDeadlineMs >= leaseDurationMs) throw new UsageError('--lease-renew-deadline must be shorter than --lease-duration');
  if (leaseRetryMs >= leaseRenewDeadlineMs) throw new UsageError('--lease-retry must be shorter than --lease-renew-deadline');
  if (tickMs < 100) throw new UsageError('--tick must be at least 100ms');
  // A pass that began when the image was still needed must have ended by then.
  if (imagesPruneAfterMs > 0 && imagesPruneAfterMs < 600_000)
    throw new UsageError('--images-prune-after must be at least 10m, or 0s for never');
  if (auditMs < tickMs) throw new UsageError('--audit must not be shorter than --tick');
}
