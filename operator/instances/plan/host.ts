/** The host that status names does not answer, or has not been heard: nothing is decided on what is not known. */
import type { Plan, World } from './types.ts';
import { observing, wait } from './types.ts';

/** Also the reason of condition HostReachable. */
export const HOST_UNREACHABLE = 'HostUnreachable';

export function planHost({ host }: Pick<World, 'host'>): Plan | undefined {
  if (host === undefined) return undefined;
  switch (host.contact) {
    case 'Reachable':
      return undefined;
    case 'Unheard':
      return observing(`Hypervisor ${host.name} has been contacted`);
    case 'Silent':
      return wait(HOST_UNREACHABLE, `Hypervisor ${host.name} answers`);
    case 'Gone':
      return wait(HOST_UNREACHABLE, `Hypervisor ${host.name} exists again: the machine is, or was, on it`);
  }
}
