/** Packet filters that interfaces of domains refer to. */
import type { CallOptions } from '../connection/call-options.ts';
import * as procedures from '../procedures/network.ts';
import type { NwFilter } from '../types/references.ts';
import type { Caller } from './caller.ts';

export class NwFilters {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async list(options?: CallOptions): Promise<readonly NwFilter[]> {
    return (await this.#caller.call(procedures.connectListAllNwfilters, { need_results: 1, flags: 0 }, options)).filters;
  }
}
