/** All of this folder, added to a manager: hosts to act on, and the controllers that open and report on them. */
import { Gauge } from 'prom-client';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import type { DriverFactories } from './connection.ts';
import { addHypervisorController } from './controller.ts';
import { DEFAULT_MONITOR } from './host/monitor.ts';
import { DEFAULT_SESSION } from './host/session.ts';
import { HostRegistry } from './registry.ts';
import { addSessionsController } from './sessions-controller.ts';

export interface HypervisorsOptions {
  readonly clusterId: string;
  /** Where the Secrets of Hypervisors are. */
  readonly operatorNamespace: string;
  readonly drivers: DriverFactories;
  /** How often each host is observed. */
  readonly tickMs: number;
  /** How often every definition on a host is read again. */
  readonly auditMs: number;
  /** Images that are brought to one host at the same time. */
  readonly transfersPerHost: number;
}

/** The longest that an observation may take, however long the tick is. */
const LONGEST_OBSERVATION_MS = 8_000;

/** Before `manager.run`. The answer is what other controllers act on hosts through; close it with the manager. */
export function addHypervisors(manager: Manager, lease: Lease, options: HypervisorsOptions): HostRegistry {
  const { clusterId, tickMs, auditMs, transfersPerHost } = options;
  const monitor = {
    ...DEFAULT_MONITOR,
    tickMs,
    observeTimeoutMs: Math.max(1_000, Math.min(tickMs, LONGEST_OBSERVATION_MS)),
    factsMs: auditMs,
  };
  const session = {
    ...DEFAULT_SESSION,
    clusterId,
    auditMs,
    monitor,
    slots: { ...DEFAULT_SESSION.slots, Transfer: transfersPerHost },
    missSpacingMs: Math.min(DEFAULT_SESSION.missSpacingMs, tickMs / 2),
  };
  const { clock, random, log, metrics } = manager;
  const registry = new HostRegistry(session, { clock, random, log: log.child({ controller: 'hypervisor-sessions' }), lease });
  addSessionsController(manager, registry, options);
  addHypervisorController(manager, registry, lease, clusterId);
  manager.debug('hosts', () => registry.dump());
  const up = new Gauge({
    name: 'hostler_host_up',
    help: 'Whether a host answers: 1, or 0.',
    labelNames: ['hypervisor'],
    registers: [metrics.registry],
    collect: () => {
      up.reset();
      for (const { name, reachable } of registry.dump()) up.set({ hypervisor: name }, reachable === 'True' ? 1 : 0);
    },
  });
  return registry;
}
