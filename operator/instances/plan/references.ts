/** What an operation needs and is not there: a wait, never a failure. Objects may be applied in any order. */
import type { MissingReference, Operation, Plan, StepName, Steps, World } from './types.ts';
import { blocked, steps, wait } from './types.ts';
import { planSpawnVolumes } from './volumes.ts';

/** Holds back a plan that needs what is missing; undefined: go on. */
export function gateReferences(plan: Steps, world: World): Plan | undefined {
  const missing = world.missing.find(({ kind }) => needs(plan, kind));
  if (missing !== undefined) return wait(missing.reason, missing.until);
  const awaited = plan.operation === 'Spawn' ? planSpawnVolumes(world, plan.steps.includes('claim')) : undefined;
  if (awaited !== undefined) return awaited;
  // A rescue system keeps the drive it was given.
  if (world.machine.kind === 'Present' && world.machine.machine.role === 'rescue') return undefined;
  const endsFirst = STARTS_AGAIN.has(plan.operation) && plan.steps.some((step) => ENDS.has(step));
  return endsFirst || plan.steps.some((step) => NEEDS_SECRET.has(step)) ? gateGuestData(world) : undefined;
}

/** A guest is not ended for what could not start it again. */
const STARTS_AGAIN: ReadonlySet<Operation> = new Set(['Reboot', 'Rebuild', 'Restore']);
const ENDS: ReadonlySet<StepName> = new Set(['signal-shutdown', 'power-off']);
const NEEDS_SECRET: ReadonlySet<StepName> = new Set(['claim', 'write-config-drive', 'begin-resize']);

const NEEDS_ALL: ReadonlySet<Operation> = new Set(['Spawn', 'Rebuild']);
/** The image is what a root disk is made from; a machine that has its disk does without. */
const NEEDS_ALL_BUT_IMAGE: ReadonlySet<Operation> = new Set([
  'Start',
  'Reboot',
  'Restore',
  'Redefine',
  'Update',
  'Resize',
  'RevertResize',
  'Rescue',
  'Unrescue',
]);

function needs({ operation, steps: names }: Steps, kind: MissingReference['kind']): boolean {
  // The machine keeps the one that it has.
  if (kind === 'RootVolume') return false;
  if (names.includes('write-network-info')) return kind === 'Network';
  // What a host lacks does not keep a spawn on it; nor does a Volume that cannot be had there.
  if (names.includes('remove-leftovers') && (kind === 'HostNetwork' || kind === 'Pool' || kind === 'Volume')) return false;
  return NEEDS_ALL.has(operation) || (NEEDS_ALL_BUT_IMAGE.has(operation) && kind !== 'Image');
}

/** What a guest is to be told: first what is known without looking. */
function gateGuestData(world: World): Plan | undefined {
  const { refused } = world.desired;
  return refused === undefined ? gateSecret(world) : blocked(refused.reason, refused.message);
}

/** Secrets are read when they are needed, and at no other time. */
function gateSecret({ looked }: World): Plan | undefined {
  const { secret } = looked;
  switch (secret.kind) {
    case 'NotNeeded':
    case 'Read':
      return undefined;
    case 'NotAsked':
      return steps('Look', 'read-secrets');
    case 'Unfit':
      return wait(secret.reason, secret.until, secret.retryAt);
  }
}
