/** Ready-made timings. `Realistic` is of the order that libvirt and QEMU with KVM show on local disks. */
import type { GuestRule } from './guest-rules.ts';
import type { Latency } from './latency.ts';

interface Profile {
  readonly latency: Readonly<Record<string, Latency>>;
  readonly guests: readonly GuestRule[];
}

export const PROFILES: Readonly<Record<'Instant' | 'Realistic', Profile>> = {
  Instant: { latency: { '*': 0 }, guests: [] },
  Realistic: {
    latency: {
      '*': { medianMs: 2, p99Ms: 20 },
      importBase: { medianMs: 2000, p99Ms: 10_000 },
      createDisk: { medianMs: 30, p99Ms: 300 },
      define: { medianMs: 15, p99Ms: 100 },
      startPaused: { medianMs: 400, p99Ms: 2000 },
      powerOff: { medianMs: 150, p99Ms: 1000 },
      suspendToDisk: { medianMs: 4000, p99Ms: 20_000 },
      restoreFromDisk: { medianMs: 2500, p99Ms: 10_000 },
    },
    guests: [{ machine: '*', bootMs: 8000, shutdownMs: 4000 }],
  },
};
