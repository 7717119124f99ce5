/** What the operator reports of one virtual machine. Written only when it changed; never an input of anything a user relies on. */
import { Type } from 'typebox';
import { atomicList } from '../schema/collections.ts';
import { conditions, observedGeneration } from '../schema/condition.ts';
import { count, quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { camelCase, enumOf, hypervisorName, labelName, objectName, text, timestamp, word } from '../schema/text.ts';
import { ActionRecord } from './action.ts';
import { ResizeRecord } from './resize.ts';
import { differences } from './adoption.ts';
import { FreezeRecord } from './freeze.ts';
import { RunningSize } from './size.ts';
import { GuestStatus } from './guest-agent.ts';
import { Resolved } from './resolved.ts';
import { LifecycleRecord } from './lifecycle.ts';
import { RescueRecord } from './rescue.ts';
import { interfaceName, machineId, plannedSteps } from './spec.ts';
import { RootVolumeRecord } from './root-volume.ts';
import { attachedVolumes } from './volumes.ts';
import {
  DISK_ROLES,
  LONGEST_BOOT_HASH,
  LONGEST_RUN_ID,
  MAX_DISKS,
  MAX_FAULTS,
  MAX_POOL_LENGTH,
  MAX_VOLUME_LENGTH,
  ORIGINS,
  PHASES,
  POWER_STATES,
} from '../vocabulary.ts';

export * from './resolved.ts';

export const PowerOff = Type.Object(
  {
    reason: camelCase(
      'Whose doing it was: Requested, GuestShutdown, Crashed, Destroyed, HostRestart, StartFailed, FromSnapshot; or the word of the hypervisor, when it is none of these.',
    ),
    observedAt: timestamp('When it was first seen.'),
    runId: Type.Optional(word('The run that ended: run.id of that time.', LONGEST_RUN_ID)),
    inferred: Type.Optional(
      Type.Boolean({ description: 'Nobody saw that the run ended here: every host is looked at before the next start.' }),
    ),
  },
  { description: 'How the last run ended. Stands until the next start.' },
);
export type PowerOff = Read<typeof PowerOff>;

export const Restarts = Type.Object(
  {
    count: count('Restarts in a row; 0 again after ten minutes of running.'),
    lastAt: timestamp('When the last one was begun.'),
  },
  { description: 'Restarts after crashes, from which the wait before the next one follows.' },
);
export type Restarts = Read<typeof Restarts>;

export const Run = Type.Object(
  {
    id: word('Identity of this run; every start makes a new one.', LONGEST_RUN_ID),
    startedAt: timestamp('When it was started.'),
    bootHash: word(
      'Hash of those parts of the spec that take effect at boot, as they were at that start, or when the guest was last as asked.',
      LONGEST_BOOT_HASH,
    ),
    fixedHash: Type.Optional(
      word('The same of those of them that no change of the running guest can meet; of a guest that is as asked.', LONGEST_BOOT_HASH),
    ),
    bootId: Type.Optional(word('Boot of the host that the machine was last seen running in.', 128)),
  },
  { description: 'The last start.' },
);
export type Run = Read<typeof Run>;

export const InstanceAddress = Type.Object({
  address: word('IPv4 or IPv6 address.', 45),
  interfaceName: Type.Optional(interfaceName),
});
export type InstanceAddress = Read<typeof InstanceAddress>;

export const InstanceDisk = Type.Object({
  name: labelName('Name of the disk within the instance.'),
  role: enumOf(DISK_ROLES, 'What it is for.'),
  pool: Type.Optional(
    word(
      "Key in the Hypervisor's spec.pools, or the pool's name on the host where it has none. Absent: it is in no pool.",
      MAX_POOL_LENGTH,
    ),
  ),
  volume: word('Name of the volume in that pool; of what is in no pool, the path.', MAX_VOLUME_LENGTH),
  size: Type.Optional(quantity('Size that the guest sees.')),
});
export type InstanceDisk = Read<typeof InstanceDisk>;

export const InstanceInterface = Type.Object({
  name: interfaceName,
  macAddress: word('MAC address.', 17),
  networkName: objectName('Network it is plugged into.'),
});
export type InstanceInterface = Read<typeof InstanceInterface>;

export const Task = Type.Object(
  {
    operation: camelCase('What is under way, such as Spawn, Start, Stop or Delete.', 63),
    id: word('Identity of this operation.', 63),
    step: Type.Optional(word('The step that is being done, or comes next.', 63)),
    stepIndex: Type.Optional(count('Number of that step, from 1.')),
    stepCount: Type.Optional(count('Steps in all.')),
    progress: Type.Optional(count('Percent done.', { maximum: 100 })),
    startedAt: timestamp('When the operation began.'),
    deadline: Type.Optional(timestamp('When waiting ends and something else is done.')),
    attempt: Type.Optional(count('Which attempt this is, from 1.')),
    message: Type.Optional(text('For people.', 4096)),
    external: Type.Optional(
      atomicList(
        Type.Object({
          kind: camelCase('What it is, such as Transfer or XapiTask.', 63),
          ref: word('Its identity there.', 253),
        }),
        { maxItems: 16, description: 'Work elsewhere that belongs to the operation.' },
      ),
    ),
  },
  { description: 'The operation under way; absent when there is none. A hint for people: what is done next follows from observation.' },
);
export type Task = Read<typeof Task>;

export const Fault = Type.Object({
  at: timestamp('When.'),
  operation: camelCase('The operation that failed.', 63),
  step: Type.Optional(word('The step that failed.', 63)),
  reason: camelCase('Why, in one word.'),
  label: Type.Optional(
    camelCase(
      'What follows from it: Transient, Conflict and others are tried again, InvalidSpec and Unsupported wait for a new generation.',
      63,
    ),
  ),
  message: text('What failed, for people.', 4096),
  hypervisorName: Type.Optional(hypervisorName('Where.')),
});
export type Fault = Read<typeof Fault>;

export const InstanceStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions('Ready means that the machine is as the spec asks, also when that is to be off.'),
    phase: Type.Optional(enumOf(PHASES, 'One word for people and columns. Derived; programs look at the conditions.')),
    powerState: Type.Optional(enumOf([...POWER_STATES, 'Unknown'], 'What the machine was last seen doing.')),
    powerOff: Type.Optional(PowerOff),
    restarts: Type.Optional(Restarts),
    run: Type.Optional(Run),
    hypervisorName: Type.Optional(
      hypervisorName('Hypervisor that the machine is on, or is being built on. The scheduler claims a place by writing it.'),
    ),
    machineId: Type.Optional(machineId('Identity of the machine on its host: the UUID.')),
    origin: Type.Optional(
      enumOf(ORIGINS, 'Whether Hostler makes the machine or took over one that was not its own. Stands before a host is chosen.'),
    ),
    differences: Type.Optional(differences),
    resolved: Type.Optional(Resolved),
    size: Type.Optional(RunningSize),
    addresses: Type.Optional(
      atomicList(InstanceAddress, { maxItems: 64, description: 'Addresses of the guest as last read, the main one first.' }),
    ),
    disks: Type.Optional(atomicList(InstanceDisk, { maxItems: MAX_DISKS, description: 'Disks of the machine.' })),
    rootVolume: Type.Optional(RootVolumeRecord),
    volumes: Type.Optional(attachedVolumes),
    interfaces: Type.Optional(atomicList(InstanceInterface, { maxItems: 32, description: 'Interfaces of the machine.' })),
    guest: Type.Optional(GuestStatus),
    freeze: Type.Optional(FreezeRecord),
    task: Type.Optional(Task),
    action: Type.Optional(ActionRecord),
    resize: Type.Optional(ResizeRecord),
    lifecycle: Type.Optional(LifecycleRecord),
    rescue: Type.Optional(RescueRecord),
    plannedSteps,
    faults: Type.Optional(atomicList(Fault, { maxItems: MAX_FAULTS, description: 'The last failures, the newest last.' })),
  },
  { description: 'What the instance was last seen to be.' },
);
export type InstanceStatus = Read<typeof InstanceStatus>;
