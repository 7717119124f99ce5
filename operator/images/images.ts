/** All of this folder, added to a manager: transfers that bring images to hosts, and the controller that reports on them. */
import { Gauge } from 'prom-client';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { addImageController } from './controller.ts';
import { denyAddresses } from './download/addresses.ts';
import { BaseTransfers } from './transfers/base-transfers.ts';
import type { TransferPolicy } from './transfers/transfer.ts';

export interface ImagesOptions {
  /** Networks that images are never fetched from. Throws a `RangeError` on one that is none. */
  readonly deniedCidrs: readonly string[];
  /** Largest image that is accepted, as a file and as a disk. */
  readonly maxBytes: number;
}

const SECOND = 1_000;

/** Limits that are no flags: generous, so that only what is broken meets them. */
const LIMITS = {
  maxRedirects: 5,
  stallMs: 30 * SECOND,
  minBytesPerMinute: 1024 * 1024,
  maxFailuresInARow: 5,
  timeoutMs: 6 * 3_600 * SECOND,
  hostStallMs: 300 * SECOND,
} as const satisfies Partial<TransferPolicy>;

/** Before `manager.run`. The answer is the port `BaseImages` of the Instance controller. */
export function addImages(manager: Manager, lease: Lease, { deniedCidrs, maxBytes }: ImagesOptions): BaseTransfers {
  const addresses = denyAddresses(deniedCidrs);
  const { clock, random, log, metrics } = manager;
  const transfers = new BaseTransfers(
    { ...LIMITS, addresses, maxSizeBytes: maxBytes, maxVirtualSizeBytes: maxBytes },
    { clock, random, log: log.child({ controller: 'images' }) },
  );
  addImageController(manager, lease, transfers, addresses);
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
