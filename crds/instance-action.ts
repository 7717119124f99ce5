/** InstanceAction: one act on an Instance, run once like a Job. */
import { Type } from 'typebox';
import { ConsoleLog } from './instance-action/console-log.ts';
import { OBSERVED } from './instance-action/observed.ts';
import { Freeze } from './instance-action/freeze.ts';
import { InjectFile } from './instance-action/inject-file.ts';
import { InjectMetadata, InjectNetworkInfo } from './instance-action/inject-guest-info.ts';
import { Reboot } from './instance-action/reboot.ts';
import { SetPassword } from './instance-action/set-password.ts';
import { encryptedPassword } from './instance/action.ts';
import { Rebuild } from './instance-action/rebuild.ts';
import { Restore } from './instance-action/restore.ts';
import { SwapVolume } from './instance-action/swap-volume.ts';
import { conditions, observedGeneration } from './schema/condition.ts';
import { count } from './schema/number.ts';
import { AGE, READY, REASON, type KindDefinition, type NamespacedResource } from './schema/resource.ts';
import { type Rule, unchanged } from './schema/rule.ts';
import type { Read } from './schema/static.ts';
import { duration, enumOf, objectName, timestamp, word } from './schema/text.ts';
import { ACTION_PHASES, INSTANCE_ACTIONS, type InstanceActionName, LONGEST_RUN_ID } from './vocabulary.ts';

export * from './instance-action/console-log.ts';
export * from './instance-action/observed.ts';
export * from './instance-action/freeze.ts';
export * from './instance-action/inject-file.ts';
export * from './instance-action/inject-guest-info.ts';
export * from './instance-action/reboot.ts';
export * from './instance-action/set-password.ts';
export * from './instance-action/rebuild.ts';
export * from './instance-action/restore.ts';
export * from './instance-action/swap-volume.ts';

/** Parameters are those of the action that is asked for. */
const onlyFor = (field: string, action: InstanceActionName): Rule => ({
  rule: `!has(self.${field}) || self.action == '${action}'`,
  message: `${field} is of action ${action}`,
  fieldPath: `.${field}`,
});

export const InstanceActionSpec = Type.Object(
  {
    instanceName: objectName('Instance of this namespace to act on.'),
    action: enumOf(
      INSTANCE_ACTIONS,
      'What to do. Start boots an instance that should be Running and whose guest has ended. Reboot ends the run of a guest and starts it again. Rebuild gives the machine a new root disk, made from the Image that the spec of the Instance names; Restore, one made from an InstanceSnapshot of it. CrashDump sends a running guest a non-maskable interrupt. ConfirmResize lets the new size of a resized instance stay; RevertResize returns to the old one. SetPassword and InjectFile ask the agent in a running guest to set a password, or to write a file; InjectNetworkInfo and InjectMetadata to write down what spec.networks or spec.metadata say by now; ResetNetwork to have the guest read its network configuration again. Freeze has it hold back all writes to the file systems, for a time; Thaw ends that. SwapVolume moves what is on a volume of a running guest to another Volume. Diagnostics, ConsoleLog and Screenshot only look, whatever else is going on: status has what they saw.',
    ),
    reboot: Type.Optional(Reboot),
    rebuild: Type.Optional(Rebuild),
    restore: Type.Optional(Restore),
    setPassword: Type.Optional(SetPassword),
    injectFile: Type.Optional(InjectFile),
    injectNetworkInfo: Type.Optional(InjectNetworkInfo),
    injectMetadata: Type.Optional(InjectMetadata),
    freeze: Type.Optional(Freeze),
    consoleLog: Type.Optional(ConsoleLog),
    swapVolume: Type.Optional(SwapVolume),
    ttlAfterFinished: Type.Optional(
      duration(
        'How long the object is kept after it succeeded or failed; then it deletes itself. Absent: for ever; Diagnostics, ConsoleLog and Screenshot an hour.',
      ),
    ),
  },
  {
    description: 'What to do. It cannot be changed: make another InstanceAction.',
    'x-kubernetes-validations': [
      unchanged('an InstanceAction cannot be changed: make another one'),
      onlyFor('reboot', 'Reboot'),
      onlyFor('setPassword', 'SetPassword'),
      onlyFor('injectFile', 'InjectFile'),
      onlyFor('injectNetworkInfo', 'InjectNetworkInfo'),
      onlyFor('injectMetadata', 'InjectMetadata'),
      onlyFor('freeze', 'Freeze'),
      onlyFor('consoleLog', 'ConsoleLog'),
      {
        rule: "self.action != 'InjectFile' || has(self.injectFile)",
        message: 'injectFile must say which file to write',
        fieldPath: '.injectFile',
      },
      onlyFor('swapVolume', 'SwapVolume'),
      {
        rule: "self.action != 'SwapVolume' || has(self.swapVolume)",
        message: 'swapVolume must say which volume to move, and where to',
        fieldPath: '.swapVolume',
      },
      onlyFor('rebuild', 'Rebuild'),
      onlyFor('restore', 'Restore'),
      {
        rule: "self.action != 'Restore' || has(self.restore)",
        message: 'restore must say which snapshot to put the disk back to',
        fieldPath: '.restore',
      },
    ],
  },
);
export type InstanceActionSpec = Read<typeof InstanceActionSpec>;

export const InstanceActionStatus = Type.Object(
  {
    observedGeneration,
    conditions: conditions('Ready means that the act succeeded; Stalled that it failed or was refused, and why.'),
    phase: Type.Optional(enumOf(ACTION_PHASES, 'How far it has come. Derived; programs look at the conditions.')),
    instanceUid: Type.Optional(word('UID of the Instance it acts on: an Instance made later under the same name is another.', 63)),
    runId: Type.Optional(word('The run that it began: run.id in the status of the Instance.', LONGEST_RUN_ID)),
    progress: Type.Optional(count('Percent done, where it is known.', { maximum: 100 })),
    encryptedPassword: Type.Optional(encryptedPassword),
    ...OBSERVED,
    startedAt: Type.Optional(timestamp('When it was begun.')),
    finishedAt: Type.Optional(timestamp('When it succeeded or failed.')),
  },
  { description: 'What became of it.' },
);
export type InstanceActionStatus = Read<typeof InstanceActionStatus>;

export type InstanceAction = NamespacedResource<'InstanceAction', InstanceActionSpec, InstanceActionStatus>;

export const instanceActionKind: KindDefinition = {
  kind: 'InstanceAction',
  plural: 'instanceactions',
  scope: 'Namespaced',
  shortNames: ['iact'],
  description: 'InstanceAction is one act on an Instance, such as a start. It is done once, like a Job, and cannot be changed.',
  spec: InstanceActionSpec,
  status: InstanceActionStatus,
  columns: [
    READY,
    { name: 'Action', type: 'string', jsonPath: '.spec.action' },
    { name: 'Instance', type: 'string', jsonPath: '.spec.instanceName' },
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    AGE,
    REASON,
  ],
  selectableFields: ['.spec.instanceName', '.spec.action'],
};
