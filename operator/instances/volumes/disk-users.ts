/**
 * Machines that have a disk, as the people of a namespace are told of them: those of the namespace by name, of others only
 * that there are some. Who looks at the host itself sees whose they are.
 */
import type { Host } from '../../hypervisors/host.ts';

/** Whose people are told. */
export interface Reader {
  readonly clusterId: string;
  readonly namespace: string;
}

const OTHERS = 'a machine that is not of this namespace';

/** `machine web-1`, ...; each of a host that reads `users` as the names of its machines. Empty: nobody has it. */
export function toldUsers(users: readonly string[], host: Pick<Host, 'snapshot'> | undefined, reader: Reader): readonly string[] {
  const machines = [...(host?.snapshot()?.machines.values() ?? [])];
  const isOwn = (user: string): boolean =>
    machines.some(({ name, owner }) => name === user && owner?.clusterId === reader.clusterId && owner.namespace === reader.namespace);
  return [...new Set(users.map((user) => (isOwn(user) ? `machine ${user}` : OTHERS)))];
}
