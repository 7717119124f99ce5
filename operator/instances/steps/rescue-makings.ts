/** Looks whether all that a rescue system is made from is there: the image in the pool, which is fetched if need be, and the password. */
import type { Image } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { imagePlaceOf } from '../../hypervisors/pools.ts';
import { driveShape } from '../config-drive.ts';
import { decoded, passwordProblem } from '../configdrive/rescue-config.ts';
import type { Pass } from '../pass.ts';
import type { Looked } from '../plan/types.ts';
import { missedAgain } from './guest-secrets.ts';
import { hostOf } from './host.ts';

type Answer = NonNullable<Looked['rescue']>;

export async function lookForRescue(pass: Pass): Promise<undefined> {
  pass.looked = { ...pass.looked, rescue: await makings(pass) };
  return undefined;
}

async function makings(pass: Pass): Promise<Answer> {
  const { services, scene, call } = pass;
  const { rescue } = scene.instance.spec;
  const { pool } = scene.wanted;
  if (rescue === undefined || pool === undefined)
    throw new DriverError('Conflict', 'the rescue was withdrawn, or the pool went missing meanwhile', { reason: 'ReferenceLost' });
  const image = services.caches.images.get(`${scene.world.identity.namespace}/${rescue.imageName}`);
  if (image === undefined) return { kind: 'NotReady', reason: 'ImageNotFound', until: `Image ${rescue.imageName} exists` };
  const password = await readPassword(pass, image);
  if (typeof password === 'object') return password;
  const host = hostOf(pass);
  const place = imagePlaceOf(services.caches.hypervisors.get(host.name)?.spec, pool.name);
  const state = await services.bases.ensure({ host, ...place, image }, call.signal);
  switch (state.kind) {
    case 'Ready':
      pass.rescue = { image, base: state.base, password };
      return { kind: 'Ready' };
    case 'InProgress':
      return { kind: 'NotReady', reason: 'ImageTransferring', until: `Image ${rescue.imageName} is on the host: ${state.message}` };
    case 'Failed':
      return {
        kind: 'NotReady',
        reason: state.reason,
        until: `Image ${rescue.imageName} can be fetched: ${state.message}`,
        after: state.retryAt,
      };
  }
}

/** The password, undefined where there is none to be; or why there is none yet. While it is missing: again after 5 s, doubling to 2 min. */
async function readPassword(pass: Pass, image: Image): Promise<string | undefined | Answer> {
  const { services, scene, memory, call } = pass;
  const { namespace, uid } = scene.world.identity;
  const { metadata, spec } = scene.instance;
  const ref = spec.rescue?.passwordSecretKeyRef;
  if (ref === undefined) return undefined;
  const now = services.clock.now();
  const last = memory.of(uid).rescueSecret;
  if (last !== undefined && last.generation === metadata.generation && last.retryAt > now) return notReady(last);
  const found = await services.secrets.read(namespace, ref.name, ref.key, call.signal);
  const problem = found.kind === 'Missing' ? undefined : passwordProblem(found.value, driveShape(image.spec.properties).layout);
  if (found.kind === 'Found' && problem === undefined) {
    memory.note(uid, { rescueSecret: undefined });
    return decoded(found.value);
  }
  const unfit =
    found.kind === 'Missing'
      ? { reason: 'SecretNotFound', until: found.message }
      : { reason: 'RescuePasswordInvalid', until: `key ${ref.key} of Secret ${ref.name} can be used: ${problem ?? ''}` };
  const missed = missedAgain(last, unfit, metadata.generation, now);
  memory.note(uid, { rescueSecret: missed });
  return notReady(missed);
}

const notReady = ({ reason, until, retryAt }: { readonly reason: string; readonly until: string; readonly retryAt: number }): Answer => ({
  kind: 'NotReady',
  reason,
  until,
  after: retryAt,
});
