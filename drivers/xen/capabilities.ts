/** What a stock Xen host can do, through XAPI and this driver, of what not every hypervisor can. */
import type { Capability } from '../contract.ts';

export const CAPABILITIES: ReadonlySet<Capability> = new Set(['ShutdownSignal', 'Pause', 'SuspendToDisk', 'LiveUpdate', 'LiveCapture']);
