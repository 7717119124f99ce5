/** The disks of a world in memory in short: by role and incarnation, without the uid. */
import type { InstanceWorld } from './instance-world.ts';
import type { MemoryMachine } from './memory-driver.ts';

const short = (name: string): string => name.replace(/^.*-(root|ephemeral|swap|config)-/, '$1-');

/** On host-a, with the base that each was made on: `root-2 base-next`. */
export function disksOf(world: InstanceWorld): readonly string[] {
  const { origins, disks } = world.host().driver;
  return [...disks.keys()].map((path) => `${short(path)} ${origins.get(path) ?? ''}`.trim());
}

export const rootsOf = (world: InstanceWorld): readonly string[] => disksOf(world).filter((disk) => disk.startsWith('root'));

/** Those that the definition names. */
export const namedBy = ({ spec }: MemoryMachine): readonly string[] =>
  spec.disks.map(({ name }) => short(name).replace(/config-.*/, 'config'));
