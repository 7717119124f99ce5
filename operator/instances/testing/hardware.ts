/** What a machine of the world in memory is made of, for tests that change it. */
import type { InstanceWorld } from './instance-world.ts';
import { MIB } from './memory-driver.ts';

/** CPUs, memory in MiB, and the name of the root disk without the uid, as they are defined. */
export function hardwareOf(world: InstanceWorld): readonly unknown[] {
  const { vcpus, memoryBytes, disks } = world.machine().spec;
  const root = disks.find(({ role }) => role === 'root')?.name ?? '';
  return [vcpus, memoryBytes / MIB, root.slice(root.indexOf('root'))];
}

/** Root disks on the host, with their sizes in MiB. */
export function rootDisksOf(world: InstanceWorld): readonly string[] {
  return [...world.host().driver.disks]
    .filter(([path]) => path.includes('-root-'))
    .map(([path, bytes]) => `${path.slice(path.indexOf('root-'))}: ${bytes / MIB}`);
}
