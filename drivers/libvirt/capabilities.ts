/** What libvirt with QEMU can do of what not every hypervisor can. */
import type { Capability } from '../contract.ts';

export const CAPABILITIES: ReadonlySet<Capability> = new Set([
  'ShutdownSignal',
  'Pause',
  'SuspendToDisk',
  'ConsoleLog',
  'Screenshot',
  'LiveUpdate',
  'LiveResize',
  'Nmi',
  'GuestAgent',
  'LiveCapture',
  'MergeDisks',
  'LiveSwap',
  'Encryption',
]);
