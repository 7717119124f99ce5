/** Block jobs: work of the hypervisor on one disk of a running domain, while the guest goes on. `disk`: its target, or the path of its source. */
import type { CallOptions } from '../connection/call-options.ts';
import * as procedures from '../procedures/block-job.ts';
import type { DomainRef } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';

export interface BlockJob {
  /** One of `BlockJobType`. */
  readonly type: number;
  /** How far it is, and where it ends, in units that mean something only to each other. */
  readonly processed: number;
  readonly total: number;
}

export class BlockJobs {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The one under way on the disk; undefined: none. */
  async info(domain: DomainRef, disk: string, options?: CallOptions): Promise<BlockJob | undefined> {
    const args = { dom: domain, path: disk, flags: 0 };
    const { found, type, cur, end } = await this.#caller.call(procedures.domainGetBlockJobInfo, args, options);
    return found === 0 ? undefined : { type, processed: cur, total: end };
  }

  /**
   * Begins to copy what the disk has of the files below it into its own, and returns; at the end it stands on `base`, the path
   * of one of them, or on nothing. Broken off at any moment, it is the disk that it was.
   */
  async pull(domain: DomainRef, disk: string, base: string | undefined, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.domainBlockRebase, { dom: domain, path: disk, base, bandwidth: 0, flags: 0 }, options);
  }

  /** Begins to copy the disk to what the XML of another names, and returns; from then on what the guest writes goes to both. Flags: `BlockCopy`. */
  async copy(domain: DomainRef, disk: string, xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.domainBlockCopy, { dom: domain, path: disk, destxml: xml, params: {}, flags }, options);
  }

  /** Ends the one under way, with `PIVOT` so that the guest is on the copy from then on, and returns when it has ended. Flags: `BlockJobAbort`. */
  async abort(domain: DomainRef, disk: string, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.domainBlockJobAbort, { dom: domain, path: disk, flags }, options);
  }
}
