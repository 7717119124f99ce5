/** What counts as a difference between a machine and what it should be, and what of it is mended while it runs. */
import type { MachineDisk, MachineSpec } from '../../contract.ts';
import { askToUpdateLive, configAsCdrom, define, powerOff, startPaused, updateLive } from '../acts/machine.ts';
import { somebody } from '../acts/hands.ts';
import { drift, inspectDisks, inspectInterfaces, liveDrift, liveDriftEndedByDefine } from '../acts/reading.ts';
import type { Case, Given } from '../case.ts';
import type { Scene } from '../scene.ts';

const nothing = (): Partial<MachineSpec> => ({});
const twoCpus = (): Partial<MachineSpec> => ({ vcpus: 2 });
const moreMemory = (scene: Scene): Partial<MachineSpec> => ({ memoryBytes: 2 * scene.spec().memoryBytes });
const noConfigDrive = (scene: Scene): Partial<MachineSpec> => ({ disks: scene.spec().disks.filter(({ role }) => role !== 'config') });
const otherRootDisk = (scene: Scene): Partial<MachineSpec> => ({
  disks: [{ ...scene.disk('root-2'), role: 'root' }, ...scene.spec().disks.filter(({ role }) => role !== 'root')],
});
/** With the disks given in front of the config drive: their place decides what the guest sees them as. */
const withDisks = (scene: Scene, more: readonly MachineDisk[]): Partial<MachineSpec> => {
  const [root, ...others] = scene.spec().disks;
  return { disks: [...(root === undefined ? [] : [root]), ...more, ...others] };
};
const labelled = (scene: Scene, label: string): MachineDisk => ({ ...scene.disk(`ephemeral-${label}`), role: 'ephemeral', label });
const ephemeralDisk = (scene: Scene): Partial<MachineSpec> => withDisks(scene, [labelled(scene, 'data')]);
const swapDisk = (scene: Scene): Partial<MachineSpec> => withDisks(scene, [{ ...scene.disk('swap'), role: 'swap' }]);
const twoEphemeralDisks = (scene: Scene): Partial<MachineSpec> => withDisks(scene, [labelled(scene, 'data'), labelled(scene, 'logs')]);
const noInterface = (): Partial<MachineSpec> => ({ interfaces: [] });
const secondInterface = (scene: Scene): Partial<MachineSpec> => ({
  interfaces: [...scene.spec().interfaces, { name: 'eth1', mac: '02:00:00:00:00:02', source: { network: scene.stage.harness.network } }],
});
const otherMac = (scene: Scene): Partial<MachineSpec> => ({
  interfaces: scene.spec().interfaces.map(({ name, source }) => ({ name, mac: '02:00:00:00:00:01', source })),
});
const operation = (scene: Scene): Partial<MachineSpec> => ({ owner: scene.owner({ operation: 'Resize' }) });

/** Each makes drift of a field that begins so, and `define` ends it. */
const CHANGES: readonly (readonly [string, string, (scene: Scene) => Partial<MachineSpec>])[] = [
  ['two CPUs', 'vcpus', twoCpus],
  ['twice the memory', 'memory', moreMemory],
  ['no config drive', 'disks[config]', noConfigDrive],
  ['the config drive as a CD-ROM', 'disks[config]', configAsCdrom],
  ['another root disk', 'disks[root]', otherRootDisk],
  ['an ephemeral disk', 'disks[ephemeral-data]', ephemeralDisk],
  ['a swap disk', 'disks[swap]', swapDisk],
  ['no interface', 'interfaces[eth0]', noInterface],
  ['a second interface', 'interfaces[eth1]', secondInterface],
  ['another MAC', 'interfaces[eth0]', otherMac],
  ['an operation', 'owner', operation],
];

const STATES: readonly Given[] = ['Stopped', 'Paused', 'Running', 'Suspended'];

const none: readonly Case[] = STATES.map((given) => ({
  name: 'what the host adds is no drift',
  given,
  when: [drift('none', nothing)],
  outcome: { answer: () => [] },
}));

const found: readonly Case[] = CHANGES.flatMap(([what, field, over]) => [
  { given: 'Stopped', when: [drift(what, over)], outcome: { answer: () => [field] } },
  { name: 'define ends it', given: 'Stopped', when: [define(what, over), drift(what, over)], outcome: { answer: () => [] } },
]);

/** Of these the guest has to let go of a card, and it may not. */
const TAKEN_OUT: ReadonlySet<string> = new Set(['no interface', 'another MAC']);

/** Which of them are live is the driver's to say; those that are must be mended by `updateLive`, in what runs too. */
const live: readonly Case[] = CHANGES.filter(([what]) => !TAKEN_OUT.has(what)).map(([what, , over]) => ({
  name: 'nothing live is left',
  needs: 'LiveUpdate',
  given: 'Running',
  when: [updateLive(what, over), liveDrift(what, over)],
  outcome: { answer: () => [], machine: { power: 'Running', owner: { runId: 'run-1' } } },
}));

/** What is live for a driver stays so when only the definition was brought in line: it is not plugged in yet. */
const ofWhatRuns: readonly Case[] = [
  ['no interface', noInterface] as const,
  ['a second interface', secondInterface] as const,
  ['another MAC', otherMac] as const,
].map(([what, over]) => ({
  name: 'the definition alone does not end it',
  given: 'Running',
  when: [liveDriftEndedByDefine(what, over)],
  outcome: { answer: () => [] },
}));

const ofCards: readonly Case[] = [
  {
    name: 'it is in what runs and in the definition',
    needs: 'LiveUpdate',
    given: 'Running',
    when: [updateLive('a second interface', secondInterface), inspectInterfaces],
    outcome: { answer: (scene) => [scene.mac, '02:00:00:00:00:02'].toSorted(), events: ['Definition'] },
  },
  {
    name: 'the next run begins with it',
    needs: 'LiveUpdate',
    given: 'Running',
    when: [updateLive('a second interface', secondInterface), powerOff, startPaused(), drift('none', secondInterface)],
    outcome: { answer: () => [] },
  },
  {
    name: 'again',
    needs: 'LiveUpdate',
    given: 'Running',
    when: [updateLive('a second interface', secondInterface), updateLive('a second interface', secondInterface), inspectInterfaces],
    outcome: { answer: (scene) => [scene.mac, '02:00:00:00:00:02'].toSorted() },
  },
  {
    name: 'what the definition got alone is plugged in',
    needs: 'LiveUpdate',
    given: 'Running',
    when: [
      define('a second interface', secondInterface),
      updateLive('a second interface', secondInterface),
      liveDrift('none', secondInterface),
    ],
    outcome: { answer: () => [] },
  },
  {
    name: 'whatever the guest does, it is out of the definition',
    needs: 'LiveUpdate',
    given: 'Running',
    when: [askToUpdateLive('no interface', noInterface), powerOff, drift('no interface', noInterface)],
    outcome: { answer: () => [] },
  },
  {
    name: 'whatever the guest does, the next start has it',
    needs: 'LiveUpdate',
    given: 'Running',
    when: [askToUpdateLive('another MAC', otherMac), powerOff, define('another MAC', otherMac), drift('another MAC', otherMac)],
    outcome: { answer: () => [] },
  },
];

const byOthers: readonly Case[] = [
  {
    name: 'disks of one role are told apart',
    given: 'Stopped',
    when: [define('two ephemeral disks', twoEphemeralDisks), drift('one of them', ephemeralDisk)],
    outcome: { answer: () => ['disks[ephemeral-logs]'] },
  },
  {
    name: 'disks of one role are told apart',
    given: 'Stopped',
    when: [define('two ephemeral disks', twoEphemeralDisks), inspectDisks],
    outcome: { answer: () => ['root', 'ephemeral-data', 'ephemeral-logs', 'config'] },
  },
  { given: 'Stopped', when: [somebody('addCpu'), drift('one CPU too many', nothing)], outcome: { answer: () => ['vcpus'] } },
  { given: 'Running', when: [somebody('addCpu'), drift('one CPU too many', nothing)], outcome: { answer: () => ['vcpus'] } },
  {
    name: 'other fields are left alone',
    given: 'Running',
    when: [updateLive('nothing', nothing)],
    outcome: { machine: { power: 'Running', vcpus: 1 } },
  },
];

export const driftCases: readonly Case[] = [...none, ...found, ...live, ...ofWhatRuns, ...ofCards, ...byOthers];
