/** What a spec of the sequences may name. Whatever else it names does not exist. */
import { FLAVORS } from '../../../resources.ts';
import { base, type InstanceWorld } from '../instance-world.ts';
import { MIB } from '../memory-driver.ts';

export const FLAVOR_NAMES: readonly string[] = ['tiny', 'small', 'wide', 'elastic', 'elastic-large'];
export const IMAGE_NAMES: readonly string[] = ['demo', 'next', 'huge', 'rescue-system'];
export const NETWORK_NAMES: readonly string[] = ['lab'];
export const HOST_NAMES: readonly string[] = ['host-a', 'host-b'];

export async function makeObjects(world: InstanceWorld): Promise<void> {
  const wide = { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: '8Mi', swap: '4Mi' };
  await world.api.create(FLAVORS, { metadata: { name: 'wide' }, spec: wide }, world.call);
  const room = { rootDisk: '16Mi', maxVcpus: 2, maxMemory: '32Mi' };
  await world.api.create(FLAVORS, { metadata: { name: 'elastic' }, spec: { vcpus: 1, memory: '16Mi', ...room } }, world.call);
  await world.api.create(FLAVORS, { metadata: { name: 'elastic-large' }, spec: { vcpus: 2, memory: '32Mi', ...room } }, world.call);
  await world.makeImage('next');
  await world.makeImage('rescue-system', 'd'.repeat(64));
  await world.makeImage('huge', 'c'.repeat(64));
  // It fits no flavor.
  world.bases.set('huge', { kind: 'Ready', base: { ...base('base-huge'), virtualSizeBytes: 1024 * MIB } });
}
