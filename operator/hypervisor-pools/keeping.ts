/** Makes the Hypervisors of a pool, and keeps what it wrote of them as the pool says. Writes only what differs. */
import type { Hypervisor } from '../../crds/hypervisor.ts';
import type { HypervisorPool } from '../../crds/hypervisor-pool.ts';
import type { PoolFacts } from '../../drivers/pool-contract.ts';
import type { ApiCall, ApiClient } from '../kernel/api/client.ts';
import { ApiError, isConflict, isNotFound } from '../kernel/api/errors.ts';
import type { Cache } from '../kernel/watch/cache.ts';
import { HYPERVISORS } from '../resources.ts';
import type { Member, Membership } from './members.ts';
import { applyOf, creationOf } from './ownership.ts';
import type { Obstacle } from './readiness.ts';
import { type Wanted, wantedOf } from './wanted.ts';

const MANAGER = 'hypervisor-pools';
const FIELD_MANAGER = `hostler/${MANAGER}`;

export class HypervisorKeeping {
  readonly #client: ApiClient;
  readonly #cache: Cache<Hypervisor>;
  /** By name: for what object, as people left it, and what was wanted of it then, it was found in line, or refused. */
  readonly #settled = new Map<string, { readonly of: string; readonly obstacle: Obstacle | undefined }>();

  constructor(client: ApiClient, cache: Cache<Hypervisor>) {
    this.#client = client;
    this.#cache = cache;
  }

  /** What stands in the way; each host by itself. Rejects when the API server cannot be asked. */
  async keep(pool: HypervisorPool, facts: PoolFacts, { members }: Membership, call: ApiCall): Promise<readonly Obstacle[]> {
    const found: (Obstacle | undefined)[] = [];
    for (const member of members) found.push(await this.#keepOne(pool, facts, member, call));
    return found.filter((obstacle) => obstacle !== undefined);
  }

  /** Objects that are gone are forgotten. */
  sweep(): void {
    for (const name of this.#settled.keys()) if (this.#cache.get(name) === undefined) this.#settled.delete(name);
  }

  async #keepOne(pool: HypervisorPool, facts: PoolFacts, member: Member, call: ApiCall): Promise<Obstacle | undefined> {
    const { host } = member;
    switch (member.kind) {
      case 'Theirs':
        return undefined;
      case 'Claimed': {
        const { metadata, spec } = member.hypervisor;
        const message = `Host ${host.uuid} is that of Hypervisor ${metadata.name} of HypervisorPool ${spec.xen?.poolName ?? ''}: delete that one first`;
        return { reason: 'HostClaimed', message };
      }
      case 'NameTaken':
        return {
          reason: 'NameTaken',
          message: `The Hypervisor of host ${host.uuid} would be called ${member.hypervisor.metadata.name}, as another one is: make one of another name by hand, with this pool and host in spec.xen`,
        };
      case 'New':
        return this.#attempt(host.uuid, () => this.#apply(creationOf(wantedOf(pool, facts, host.uuid), member.name), call));
      case 'Made':
        if (member.hypervisor.metadata.deletionTimestamp !== undefined) return undefined;
        return this.#update(member.hypervisor, wantedOf(pool, facts, host.uuid), call);
    }
  }

  async #update(hypervisor: Hypervisor, wanted: Wanted, call: ApiCall): Promise<Obstacle | undefined> {
    const { name } = hypervisor.metadata;
    const known = this.#settled.get(name);
    if (known?.of === stateOf(hypervisor, wanted)) return known.obstacle;
    const live = await this.#client.find(HYPERVISORS, { name }, call);
    if (live === undefined || live.metadata.uid !== hypervisor.metadata.uid || live.metadata.deletionTimestamp !== undefined)
      return undefined;
    const apply = applyOf(wanted, live, FIELD_MANAGER);
    const obstacle = apply && (await this.#attempt(wanted.spec.xen?.hostUUID ?? '', () => this.#apply(apply, call)));
    this.#settled.set(name, { of: stateOf(this.#cache.get(name) ?? live, wanted), obstacle });
    return obstacle;
  }

  /** What the API server refuses for good stands in the way of this one host. */
  async #attempt(hostUuid: string, apply: () => Promise<void>): Promise<Obstacle | undefined> {
    try {
      await apply();
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isNotFound(error)) return undefined;
      if (error.reason !== 'Invalid' && error.reason !== 'Forbidden' && !isConflict(error)) throw error;
      return { reason: 'HypervisorRefused', message: `The Hypervisor of host ${hostUuid} was refused: ${error.message}` };
    }
  }

  async #apply(configuration: Parameters<ApiClient['apply']>[1], call: ApiCall): Promise<void> {
    const written = await this.#client.apply(HYPERVISORS, configuration, call, { fieldManager: FIELD_MANAGER });
    this.#cache.put(written, MANAGER);
  }
}

/** Changes whenever somebody changed what people set, or something else is wanted. */
const stateOf = ({ metadata }: Hypervisor, wanted: Wanted): string =>
  JSON.stringify([metadata.uid, metadata.generation, metadata.labels, wanted]);
