/**
 * Hypervisors that there is no session with: right after the start of the operator it may be on its way; later something
 * is wrong (a Secret is missing, the configuration cannot work), and they are as silent as a host that does not answer.
 */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import type { InstanceServices } from './services.ts';

/** How long sessions may take to be opened after a start. */
const OPENING_MS = 30_000;

/** A session that is not there may be on its way. */
export const isOpening = ({ clock, startedAt }: Pick<InstanceServices, 'clock' | 'startedAt'>): boolean =>
  clock.now() - startedAt <= OPENING_MS;

/** What an earlier process found cannot be contacted: nothing need be held up for it, though it may have been mended meanwhile. */
export const isStalled = ({ status }: Hypervisor): boolean => findCondition(status?.conditions, 'Stalled') !== undefined;

/** Another Hypervisor is the same host, and has the session: what is on it is seen there. */
export function isDuplicate({ hosts }: Pick<InstanceServices, 'hosts'>, { status }: Hypervisor): boolean {
  const { hostId } = status?.facts ?? {};
  const told = findCondition(status?.conditions, 'Stalled')?.reason === 'DuplicateHost';
  return told || (hostId !== undefined && hosts.list().some((host) => host.facts()?.hostId === hostId));
}

/** All but `own`, and but those that are seen under another name. */
export function withoutSession(services: InstanceServices, own: string | undefined): readonly Hypervisor[] {
  const { caches, hosts } = services;
  return [...caches.hypervisors.values()].filter(
    (hypervisor) =>
      hypervisor.metadata.name !== own && hosts.get(hypervisor.metadata.name) === undefined && !isDuplicate(services, hypervisor),
  );
}
