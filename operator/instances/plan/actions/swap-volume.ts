/**
 * SwapVolume: what is on a volume moves to another Volume, under the guest or while it is off; the machine has that one from
 * then on.
 *
 * The host copies in the background. How far it has come the machine tells: it has the old volume until it has the new one.
 * What fails, or is cut off, ends with the old one. A guest that ends meanwhile stays off until it is through.
 *
 * While the host has no time for it nothing is begun: everything else has its say, and goes first.
 */
import type { ObservedMachine, Plan, SwapVolumeAction, World } from '../types.ts';
import { observing, steps } from '../types.ts';
import { OBSERVE_AGAIN_MS } from '../unfinished.ts';
import { begin, end, endCutOff, hasBegun, outcome, planGivenUp, refuse } from './protocol.ts';

/** Undefined: it waits for its turn. */
export function planSwapVolume(world: World, machine: ObservedMachine, action: SwapVolumeAction): Plan | undefined {
  const begun = hasBegun(world, action);
  if (action.state.kind === 'Unread') {
    return { ...observing('the definition of the machine has been read', world.now + OBSERVE_AGAIN_MS), needsDefinition: true };
  }
  if (action.state.kind === 'Swapped') return end('Succeeded', 'VolumeSwapped', done(action), action);
  const refusal = refusalOf(machine, action);
  if (!begun) return refusal === undefined ? (action.turn === 'Come' ? begin() : undefined) : refuse(action, ...refusal);
  const running = { ...action, phase: 'Running' } as const;
  if (refusal !== undefined) return endCutOff(running, ...refusal);
  const givenUp = planGivenUp(world, action);
  if (givenUp?.kind === 'Steps' && givenUp.outcome !== undefined)
    return endCutOff(running, givenUp.outcome.reason, givenUp.outcome.message);
  return { ...steps('SwapVolume', 'swap-volume', 'end-action'), outcome: outcome('Succeeded', 'VolumeSwapped', done(action), action) };
}

const done = ({ volume, to }: SwapVolumeAction): string =>
  volume === undefined
    ? `the root disk is Volume ${to} from now on: name that in spec.rootVolume, where it is not named yet`
    : `volume ${volume} is Volume ${to} from now on: name that in spec.volumes, where it is not named yet`;

/** Reason, and what to do about it. */
function refusalOf({ power, role }: ObservedMachine, { state, to }: SwapVolumeAction): readonly [string, string] | undefined {
  if (state.kind === 'Unfit') return [state.reason, state.message];
  if (role === 'rescue') return ['Rescued', 'the machine runs a rescue system: remove spec.rescue, and ask again when it is itself'];
  if (power === 'Stopped') return undefined;
  if (power !== 'Running' && power !== 'Paused')
    return ['NotRunning', `the guest is ${power}: ask again when it runs, or set spec.powerState to Stopped first`];
  if (state.kind !== 'Ready' || state.onlyOff === undefined) return undefined;
  if (state.onlyOff === 'Root')
    return ['NotStopped', `the guest is ${power}: what it boots from is moved while it is off: set spec.powerState to Stopped first`];
  const stop = 'set spec.powerState to Stopped first, or give both the same spec.size';
  return ['VolumeSizeDiffers', `Volume ${to} is larger, and under a guest only one as large can take the place of another: ${stop}`];
}
