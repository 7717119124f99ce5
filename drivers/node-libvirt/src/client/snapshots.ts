/** Snapshots of domains: the records of them in libvirt, whose data is in the disks. */
import type { CallOptions } from '../connection/call-options.ts';
import * as procedures from '../procedures/snapshot.ts';
import type { DomainRef, DomainSnapshot, DomainSnapshotRef } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';

export class Snapshots {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Flags: `SnapshotList`. */
  async list(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<readonly DomainSnapshot[]> {
    return (await this.#caller.call(procedures.domainListAllSnapshots, { dom: domain, need_results: 1, flags }, options)).snapshots;
  }

  /** Flags: `SnapshotCreate`. */
  async create(domain: DomainRef, xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<DomainSnapshot> {
    return (await this.#caller.call(procedures.domainSnapshotCreateXml, { dom: domain, xml_desc: xml, flags }, options)).snap;
  }

  async xml(snapshot: DomainSnapshotRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call(procedures.domainSnapshotGetXmlDesc, { snap: snapshot, flags: 0 }, options)).xml;
  }

  /** Flags: `SnapshotDelete`; `METADATA_ONLY` leaves the data in the disks. */
  async delete(snapshot: DomainSnapshotRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.domainSnapshotDelete, { snap: snapshot, flags }, options);
  }
}
