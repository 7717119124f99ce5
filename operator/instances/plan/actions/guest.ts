/**
 * Actions that ask the agent in a running guest to set or write something. Each may be done again without harm, so what
 * was cut off is done again, and what is recorded at the end is of the last time.
 */
import { isFrozen } from '../freeze.ts';
import type { GuestInfoAction, InjectFileAction, ObservedMachine, Plan, SetPasswordAction, StepName, World } from '../types.ts';
import { steps } from '../types.ts';
import { hasBegun, outcome, planGivenUp, refuse } from './protocol.ts';

type GuestAction = SetPasswordAction | InjectFileAction | GuestInfoAction;

const DOES: Readonly<Record<GuestAction['action'], StepName>> = {
  SetPassword: 'set-guest-password',
  InjectFile: 'write-guest-file',
  InjectNetworkInfo: 'write-network-info',
  InjectMetadata: 'write-metadata',
  ResetNetwork: 'reset-network',
};

export function planGuestAct(world: World, machine: ObservedMachine, action: GuestAction): Plan {
  const begun = hasBegun(world, action);
  const refusal = refuseUnlessHeard(world, machine, action) ?? (begun ? planGivenUp(world, action) : undefined);
  if (refusal !== undefined) return refusal;
  if (isFrozen(world, machine))
    return refuse(action, 'FileSystemsFrozen', 'the guest cannot write, as status.freeze tells: ask for Thaw, then ask again');
  return {
    ...steps(action.action, ...(begun ? [] : (['begin-action'] as const)), DOES[action.action], 'end-action'),
    outcome: done(action),
  };
}

function done(action: GuestAction): NonNullable<ReturnType<typeof steps>['outcome']> {
  switch (action.action) {
    case 'SetPassword':
      return outcome('Succeeded', 'PasswordSet', 'the guest has the new password', action);
    case 'InjectFile':
      return outcome('Succeeded', 'FileWritten', 'the guest has the file', action);
    case 'InjectNetworkInfo':
      return outcome('Succeeded', 'NetworkInfoWritten', 'the guest has the network configuration; ResetNetwork has it read', action);
    case 'InjectMetadata':
      return outcome('Succeeded', 'MetadataWritten', 'the guest has the metadata', action);
    case 'ResetNetwork':
      return outcome('Succeeded', 'NetworkReset', 'the guest has read its network configuration again', action);
  }
}

/** Only a guest that runs hears anything, and only where it may be spoken to. */
export function refuseUnlessHeard({ desired }: World, { power }: ObservedMachine, action: World['action'] & {}): Plan | undefined {
  if (desired.guestAgent === 'Disabled')
    return refuse(action, 'GuestAgentDisabled', 'spec.guestAgent is Disabled: remove it, or set it to Enabled, and ask again');
  return power === 'Running'
    ? undefined
    : refuse(action, 'NotRunning', `the guest is ${power}: only the agent in one that runs can do it; ask again when it does`);
}
