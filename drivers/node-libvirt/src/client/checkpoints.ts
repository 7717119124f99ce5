/** Checkpoints of domains: marks from which changed blocks are counted, for incremental backups. */
import * as procedures from '../procedures/snapshot.ts';
import type { DomainCheckpoint, DomainCheckpointRef, DomainRef } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';

export class Checkpoints {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async list(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<readonly DomainCheckpoint[]> {
    return (await this.#caller.call(procedures.domainListAllCheckpoints, { dom: domain, need_results: 1, flags }, options)).checkpoints;
  }

  /** Flags: `CheckpointDelete`. */
  async delete(checkpoint: DomainCheckpointRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.domainCheckpointDelete, { checkpoint, flags }, options);
  }
}
