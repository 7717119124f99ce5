/** Secrets that a guest is to be given: read by name when they are needed, checked, and forgotten with the pass. */
import { guestSecretRefs, unfitData, type Unfit } from '../guest-data.ts';
import type { MissedSecret } from '../memory.ts';
import type { Pass } from '../pass.ts';

const FIRST_MISS_MS = 5_000;
const LONGEST_MISS_MS = 120_000;

/** From the namespace of the Instance. While one is missing or unfit: again after 5 s, doubling to 2 min. */
export async function readSecrets(pass: Pass): Promise<undefined> {
  const { memory, scene, services } = pass;
  const { uid } = scene.world.identity;
  const unfit = await readAll(pass);
  if (unfit === undefined) {
    pass.looked = { ...pass.looked, secret: { kind: 'Read' } };
    memory.note(uid, { secret: undefined });
    return undefined;
  }
  const missed = missedAgain(memory.of(uid).secret, unfit, scene.instance.metadata.generation, services.clock.now());
  memory.note(uid, { secret: missed });
  pass.looked = { ...pass.looked, secret: { kind: 'Unfit', retryAt: missed.retryAt, ...unfit } };
  return undefined;
}

/** Once more, or for the first time with this spec. */
export function missedAgain(last: MissedSecret | undefined, unfit: Unfit, generation: number, now: number): MissedSecret {
  const misses = (last?.generation === generation ? last.misses : 0) + 1;
  return { generation, misses, retryAt: now + Math.min(FIRST_MISS_MS * 2 ** (misses - 1), LONGEST_MISS_MS), ...unfit };
}

async function readAll({ services, scene, call, guestSecrets }: Pass): Promise<Unfit | undefined> {
  const { namespace } = scene.world.identity;
  const { spec } = scene.instance;
  for (const { field, name, key } of guestSecretRefs(spec)) {
    const found = await services.secrets.read(namespace, name, key, call.signal);
    if (found.kind === 'Missing') return { reason: 'SecretNotFound', until: found.message };
    guestSecrets.set(field, found.value);
  }
  return unfitData(spec, guestSecrets, scene.wanted.drive.layout);
}
