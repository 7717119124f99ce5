import { expect, test } from '@jest/globals';
import { plan } from '../plan.ts';
import { NOW, begun, desired, made, present, shown, world } from '../testing/world.ts';
import type { AskedAction, Failure, World } from '../types.ts';

const PASSWORD: AskedAction = { uid: 'act-1', name: 'p', action: 'SetPassword' };
const FILE: AskedAction = { uid: 'act-1', name: 'f', action: 'InjectFile' };
const INFO: AskedAction = { uid: 'act-1', name: 'i', action: 'InjectNetworkInfo' };
const METADATA: AskedAction = { uid: 'act-1', name: 'm', action: 'InjectMetadata' };
const RESET: AskedAction = { uid: 'act-1', name: 'r', action: 'ResetNetwork' };
const noNetwork = { missing: [{ kind: 'Network', reason: 'NetworkNotFound', until: 'x' }] } as const;
const failed = (over: Partial<Failure> = {}): Failure => ({
  operation: 'SetPassword',
  label: 'Transient',
  reason: 'AgentNotAvailable',
  message: 'no agent',
  at: NOW - 5_000,
  attempts: 1,
  failedOn: [],
  ...over,
});

/** The plan on one line; of an action that ends, what came of it. */
function told(over: Partial<World>): string {
  const decided = plan(world(over)).plan;
  const outcome = decided.kind === 'Steps' && decided.operation === 'EndAction' ? decided.outcome : undefined;
  return outcome === undefined ? shown(decided) : `${outcome.phase}: ${outcome.reason}`;
}

// The world, and what is done about the action that is asked for.
test.each<[string, Partial<World>, string]>([
  ['a password: running', { action: PASSWORD }, 'SetPassword: begin-action, set-guest-password, end-action'],
  ['a file: running', { action: FILE }, 'InjectFile: begin-action, write-guest-file, end-action'],
  [
    'running, to be off',
    { action: PASSWORD, desired: desired({ powerState: 'Stopped' }) },
    'SetPassword: begin-action, set-guest-password, end-action',
  ],
  ['network info: running', { action: INFO }, 'InjectNetworkInfo: begin-action, write-network-info, end-action'],
  ['network info: a network is missing', { action: INFO, ...noNetwork }, 'Wait: NetworkNotFound'],
  ['network info: off', { action: INFO, machine: present({ power: 'Stopped', powerReason: 'Requested' }) }, 'Failed: NotRunning'],
  ['metadata: running', { action: METADATA, ...noNetwork }, 'InjectMetadata: begin-action, write-metadata, end-action'],
  ['a reset of the network: running', { action: RESET, ...noNetwork }, 'ResetNetwork: begin-action, reset-network, end-action'],
  ['a reset of the network: begun, and cut off', begun(RESET), 'ResetNetwork: reset-network, end-action'],
  [
    'a reset of the network: frozen',
    { action: RESET, record: made({ frozen: { runId: 'run-1', until: NOW + 60_000 } }) },
    'Failed: FileSystemsFrozen',
  ],
  [
    'a reset of the network: it has no way to',
    begun(RESET, { failure: failed({ operation: 'ResetNetwork', label: 'Unsupported', reason: 'NetworkResetUnsupported' }) }),
    'Failed: NetworkResetUnsupported',
  ],
  [
    'a reset of the network: the agent is not to be spoken to',
    { action: RESET, desired: desired({ guestAgent: 'Disabled' }) },
    'Failed: GuestAgentDisabled',
  ],
  ['off', { action: PASSWORD, machine: present({ power: 'Stopped', powerReason: 'GuestShutdown' }) }, 'Failed: NotRunning'],
  ['paused', { action: FILE, machine: present({ power: 'Paused' }) }, 'Failed: NotRunning'],
  ['the agent is not to be spoken to', { action: PASSWORD, desired: desired({ guestAgent: 'Disabled' }) }, 'Failed: GuestAgentDisabled'],
  [
    'the agent is watched',
    { action: FILE, desired: desired({ guestAgent: 'Enabled' }) },
    'InjectFile: begin-action, write-guest-file, end-action',
  ],
  // Done again: what is recorded is what was set last.
  ['begun, and cut off', begun(PASSWORD), 'SetPassword: set-guest-password, end-action'],
  ['begun, off meanwhile', { ...begun(PASSWORD), machine: present({ power: 'Stopped', powerReason: 'Crashed' }) }, 'Failed: NotRunning'],
  ['failed once, a moment ago', begun(PASSWORD, { failure: failed({ at: NOW - 1_000 }) }), 'Wait: AgentNotAvailable'],
  ['failed once, the pause is over', begun(PASSWORD, { failure: failed() }), 'SetPassword: set-guest-password, end-action'],
  ['failed three times', begun(PASSWORD, { failure: failed({ attempts: 3 }) }), 'Failed: AgentNotAvailable'],
  ['refused by the guest', begun(PASSWORD, { failure: failed({ label: 'InvalidSpec', reason: 'GuestRefused' }) }), 'Failed: GuestRefused'],
  ['withdrawn', { record: begun(PASSWORD).record }, 'Failed: Withdrawn'],
  ['finished', { record: made({ action: { uid: 'act-1', name: 'p', action: 'SetPassword', phase: 'Succeeded' } }) }, 'Settled: Running'],
  ['locked', { action: PASSWORD, desired: desired({ lock: 'audit' }) }, 'Wait: Locked'],
])('%s', (_, over, expected) => {
  expect(told(over)).toBe(expected);
});
