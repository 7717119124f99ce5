/** All of this folder, added to a manager: transfers that bring images to hosts, and the controller that reports on them. */
import { Gauge } from 'prom-client';
import type { Hosts } from '../hypervisors/host.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { secretsOf } from '../secrets.ts';
import type { Stores } from '../stores/stores.ts';
import { addPreCache } from './cache/pre-cache.ts';
import { addPruning } from './cache/pruning.ts';
import { addImageController } from './controller.ts';
import { denyAddresses } from './download/addresses.ts';
import { addImageRemoval } from './removal.ts';
import { BaseTransfers } from './transfers/base-transfers.ts';
import { FairSlots } from './transfers/fair-slots.ts';
import { addUploadController } from './upload/controller.ts';
import type { TransferPolicy } from './transfers/transfer.ts';

export interface ImagesOptions {
  /** Networks that images are not fetched from. Throws a `RangeError` on one that is none. */
  readonly deniedCidrs: readonly string[];
  /** Networks that they are fetched from although they are denied. The same is thrown. */
  readonly allowedCidrs: readonly string[];
  /** Largest image that is accepted, as a file and as a disk. */
  readonly maxBytes: number;
  /** Images that are brought to one host at the same time. */
  readonly transfersPerHost: number;
  /** Of the hosts, where copies and what goes to stores take them as well. */
  readonly turns?: FairSlots;
  /** Whose the images are. */
  readonly clusterId: string;
  /** How long an image stays on a host that nothing there needs, in milliseconds; 0: for ever. */
  readonly pruneAfterMs: number;
  readonly stores: Stores;
}

const SECOND = 1_000;
const MIB = 1024 * 1024;

/** Limits that are no flags: generous, so that only what is broken meets them. */
const LIMITS = {
  maxRedirects: 5,
  stallMs: 30 * SECOND,
  minBytesPerMinute: MIB,
  minBytesPerConnection: MIB,
  maxFailuresInARow: 5,
  reconnectPauseMs: SECOND,
  timeoutMs: 6 * 3_600 * SECOND,
  hostStallMs: 300 * SECOND,
  unaskedMs: 120 * SECOND,
} as const satisfies Partial<TransferPolicy>;

/** Before `manager.run`. The answer is the port `BaseImages` of the Instance controller. */
export function addImages(manager: Manager, lease: Lease, hosts: Hosts, options: ImagesOptions): BaseTransfers {
  const { deniedCidrs, allowedCidrs, maxBytes, transfersPerHost, clusterId, pruneAfterMs, stores } = options;
  const addresses = denyAddresses(deniedCidrs, allowedCidrs);
  const { clock, random, log, metrics } = manager;
  const { turns = new FairSlots(transfersPerHost) } = options;
  const transfers = new BaseTransfers(
    {
      ...LIMITS,
      addresses,
      maxSizeBytes: maxBytes,
      maxVirtualSizeBytes: maxBytes,
      perHost: transfersPerHost,
      clusterId,
      secrets: secretsOf(manager.client),
      readable: async (copy, signal) => (await stores.open(copy.imageStoreName, signal)).readable(copy.key),
    },
    { clock, random, log: log.child({ controller: 'images' }), turns },
  );
  addImageController(manager, lease, transfers, addresses);
  addUploadController(manager, lease, stores);
  addImageRemoval(manager, lease, hosts, stores);
  addPreCache(manager, lease, hosts, transfers);
  if (pruneAfterMs > 0) addPruning(manager, lease, hosts, transfers, { clusterId, afterMs: pruneAfterMs });
  manager.add({
    name: 'image-transfers',
    run: async (signal) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await transfers.stop();
    },
  });
  manager.debug('image-transfers', () => transfers.running());
  const running = new Gauge({
    name: 'hostler_image_transfers',
    help: 'Transfers of images to hosts that are under way.',
    labelNames: ['hypervisor'],
    registers: [metrics.registry],
    collect: () => {
      running.reset();
      for (const { hypervisor } of transfers.running()) running.inc({ hypervisor });
    },
  });
  return transfers;
}
