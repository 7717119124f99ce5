/** The contract's cases on a real libvirtd with QEMU guests. Needs root and the packages of `make setup`. */
import { join } from 'node:path';
import { testDir } from '../../e2e/environment/paths.ts';
import { startLibvirtHarness } from '../../e2e/support/libvirt-harness.ts';
import { describeConformance } from '../conformance/describe.ts';

describeConformance({
  name: 'libvirt',
  capabilities: new Set([
    'ShutdownSignal',
    'Pause',
    'SuspendToDisk',
    'ConsoleLog',
    'LiveUpdate',
    'Nmi',
    'GuestAgent',
    'LiveCapture',
    'Encryption',
  ]),
  machineIds: 'Chosen',
  // Its guests are boot sectors. What an agent does is proven with a real one by e2e/scenarios/guest-agent.
  cannot: ['startAgent', 'hangAgent'],
  start: () => startLibvirtHarness(join(testDir, `libvirt-conformance-${process.pid}`)),
});
