/** libvirt's events as the contract's hints, and what they make doubtful of what is remembered. */
import { DomainEventType, type Domain, type LibvirtClient } from 'node-libvirt';
import type { HostEvent } from '../contract.ts';
import type { Registry } from './machines/registry.ts';
import { CONSOLE_POOL, type Pools } from './storage/pools.ts';
import { ownTime, type Left } from './time.ts';

type MachineChange = Extract<HostEvent, { kind: 'Machine' }>['change'];

/** What is remembered of the host. */
interface Memory {
  readonly registry: Registry;
  readonly pools: Pools;
}

const READ_POOLS_MS = 20_000;

/** Registered before anything is read, so that no change falls between the reading and the first event. */
export async function listen(
  client: LibvirtClient,
  { registry, pools }: Memory,
  tell: (event: HostEvent) => void,
  left: Left,
): Promise<void> {
  const changed = ({ uuid }: Domain, change: MachineChange): void => {
    registry.invalidate(uuid);
    tell({ kind: 'Machine', machineId: uuid, change });
  };
  const redefined = ({ domain }: { readonly domain: Domain }): void => changed(domain, 'Definition');
  const facts = (): void => tell({ kind: 'Facts' });
  const poolsChanged = (): void => {
    // What cannot be read now is read with the facts, for which the event is the hint.
    pools.readAll(ownTime(READ_POOLS_MS)).catch(() => {});
    facts();
  };
  await Promise.all([
    client.events.onDomain('lifecycle', ({ domain, event }) => changed(domain, changeOf(event, domain, registry)), left()),
    client.events.onDomain('metadataChange', redefined, left()),
    client.events.onDomain('deviceAdded', redefined, left()),
    client.events.onDomain('balloonChange', redefined, left()),
    client.events.onDomain('deviceRemoved', redefined, left()),
    client.events.onDomain('jobCompleted', ({ domain }) => changed(domain, 'Power'), left()),
    client.events.onDomain('blockJob', redefined, left()),
    client.events.onDomain('agentLifecycle', redefined, left()),
    client.events.onNetwork('lifecycle', facts, left()),
    client.events.onStoragePool('lifecycle', ({ pool }) => pool.name !== CONSOLE_POOL && poolsChanged(), left()),
  ]);
}

const NOT_RUNNING = -1;

export function changeOf(event: number, { uuid, id }: Domain, registry: Pick<Registry, 'isTransient'>): MachineChange {
  switch (event) {
    case DomainEventType.DEFINED:
      return 'Definition';
    case DomainEventType.UNDEFINED:
      // One that runs only lost its definition.
      return id === NOT_RUNNING ? 'Removed' : 'Definition';
    case DomainEventType.STOPPED:
      return registry.isTransient(uuid) ? 'Removed' : 'Power';
    default:
      return 'Power';
  }
}
