/** Machines that are given another size while they run. */
import type { MachineSize, MachineSpec } from '../../contract.ts';
import { define, powerOff, resizeLive, startPaused, suspendToDisk, unpause } from '../acts/machine.ts';
import { drift, inspectSize } from '../acts/reading.ts';
import type { Act, Case } from '../case.ts';
import type { Scene } from '../scene.ts';

const now = ({ stage }: Scene): MachineSize => ({ vcpus: 1, memoryBytes: stage.harness.memoryBytes });
const more = ({ stage }: Scene): MachineSize => ({ vcpus: 2, memoryBytes: 2 * stage.harness.memoryBytes });
const most = ({ stage }: Scene): MachineSize => ({ vcpus: 3, memoryBytes: 3 * stage.harness.memoryBytes });
const tooMuch = (scene: Scene): MachineSize => ({ ...most(scene), vcpus: 4 });
const tooMuchMemory = (scene: Scene): MachineSize => ({ ...now(scene), memoryBytes: 4 * scene.stage.harness.memoryBytes });

const growable = (scene: Scene): Partial<MachineSpec> => ({ ...now(scene), maximum: most(scene) });
const grown = (scene: Scene): Partial<MachineSpec> => ({ ...more(scene), maximum: most(scene) });
const defineGrowable = define('with a maximum', growable);
const started: readonly Act[] = [defineGrowable, startPaused(), unpause];
const grow = resizeLive('twice as much', more);

export const liveResizeCases: readonly Case[] = [
  { given: 'Stopped', when: [defineGrowable, drift('none', growable)], outcome: { answer: () => [] } },
  { given: 'Stopped', when: [defineGrowable, drift('no CPU more', grown)], outcome: { answer: () => ['vcpus', 'memory'] } },
  {
    name: 'what can be given is told',
    given: 'Stopped',
    when: [...started, inspectSize],
    outcome: { answer: (scene) => ({ vcpus: 1, maximum: most(scene) }), machine: { power: 'Running', vcpus: 1 } },
  },
  {
    name: 'the run goes on',
    given: 'Stopped',
    when: [...started, grow],
    outcome: { machine: { power: 'Running', vcpus: 2, owner: { runId: 'run-2' } } },
  },
  { name: 'the definition has it, too', given: 'Stopped', when: [...started, grow, drift('none', grown)], outcome: { answer: () => [] } },
  {
    name: 'the next run begins with it',
    given: 'Stopped',
    when: [...started, grow, powerOff, startPaused('run-3'), inspectSize],
    outcome: { answer: (scene) => ({ vcpus: 2, maximum: most(scene) }) },
  },
  { name: 'again', given: 'Stopped', when: [...started, grow, grow], outcome: { machine: { power: 'Running', vcpus: 2 } } },
  { given: 'Stopped', when: [...started, resizeLive('all', most)], outcome: { machine: { power: 'Running', vcpus: 3 } } },
  {
    given: 'Stopped',
    when: [...started, resizeLive('too many CPUs', tooMuch)],
    outcome: { fails: { label: 'Conflict', reason: 'BeyondMaximum' }, machine: { power: 'Running', vcpus: 1 } },
  },
  {
    given: 'Stopped',
    when: [...started, resizeLive('too much memory', tooMuchMemory)],
    outcome: { fails: { label: 'Conflict', reason: 'BeyondMaximum' } },
  },
  {
    given: 'Stopped',
    when: [...started, grow, resizeLive('fewer CPUs', now)],
    outcome: { fails: { label: 'Conflict', reason: 'CpusInUse' }, machine: { power: 'Running', vcpus: 2 } },
  },
  { given: 'Stopped', when: [...started, resizeLive('less memory', now)], outcome: { machine: { power: 'Running', vcpus: 1 } } },
  {
    name: 'one that was started with no maximum',
    given: 'Running',
    when: [grow],
    outcome: { fails: { label: 'Conflict', reason: 'BeyondMaximum' }, machine: { vcpus: 1 } },
  },
  { given: 'Stopped', when: [defineGrowable, grow], outcome: { fails: { label: 'Conflict' }, machine: { power: 'Stopped', vcpus: 1 } } },
  { given: 'Stopped', when: [...started, suspendToDisk, grow], outcome: { fails: { label: 'Conflict' } } },
  { given: 'Nothing', when: [grow], outcome: { fails: { label: 'NotFound' } } },
];
