/**
 * Which host a Hypervisor is. It stays that host for as long as the object lives: another one that answers in its place
 * (a slip in the endpoint, an address given away) has none of its machines, and each would be taken for lost.
 */
import type { HostFacts } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';

export class HostIdentity {
  readonly #hypervisorName: string;
  #hostId: string | undefined;

  /** `hostId`: as recorded; undefined: the first host that answers is it. */
  constructor(hypervisorName: string, hostId: string | undefined) {
    this.#hypervisorName = hypervisorName;
    this.#hostId = hostId === '' ? undefined : hostId;
  }

  get hostId(): string | undefined {
    return this.#hostId;
  }

  /** Throws `InvalidSpec`, reason `HostChanged`, when another host answers. One that does not say which it is passes. */
  check({ hostId }: Pick<HostFacts, 'hostId'>): void {
    if (hostId === '') return;
    this.#hostId ??= hostId;
    if (hostId === this.#hostId) return;
    throw new DriverError(
      'InvalidSpec',
      `The host that answers is ${hostId}, and Hypervisor ${this.#hypervisorName} is host ${this.#hostId}: put the endpoint back. ` +
        'Another host gets a Hypervisor of its own; this one may become it only when it is deleted and made anew. ' +
        'If it is the same host with a new id, give it the old one again (libvirt: host_uuid in its configuration)',
      { reason: 'HostChanged' },
    );
  }
}
