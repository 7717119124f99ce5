/** What the conformance cases are told of a libvirt host, and how they are shared out among files that run side by side. */
import { join } from 'node:path';
import type { Topic } from '../../drivers/conformance/describe.ts';
import type { HarnessDescription } from '../../drivers/conformance/harness.ts';
import { testDir } from '../environment/paths.ts';
import { hasLoopDevices } from '../environment/volume-group.ts';
import { startLibvirtHarness } from './libvirt-harness.ts';

export const DISK_TOPICS: readonly Topic[] = ['storage', 'images', 'capture', 'volumes', 'existing disks', 'whole copies', 'swaps'];

export const libvirtDescription: HarnessDescription = {
  name: 'libvirt',
  capabilities: new Set([
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
  ]),
  machineIds: 'Chosen',
  copies: hasLoopDevices(),
  // Its guests are boot sectors. What an agent does is proven with a real one by e2e/scenarios/guest-agent.
  cannot: ['startAgent', 'hangAgent'],
  start: () => startLibvirtHarness(join(testDir, `libvirt-conformance-${process.pid}`)),
};
