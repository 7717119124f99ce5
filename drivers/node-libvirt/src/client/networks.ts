/** libvirt's networks. */
import type { CallOptions } from '../connection/call-options.ts';
import { ErrorCode } from '../constants/errors.ts';
import * as procedures from '../procedures/network.ts';
import type { Network, NetworkRef } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';
import { unlessMissing } from './lookup.ts';

export class Networks {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Flags: `ListNetworks`; without any, all networks. */
  async list({ flags = 0, ...options }: FlagOptions = {}): Promise<readonly Network[]> {
    return (await this.#caller.call(procedures.connectListAllNetworks, { need_results: 1, flags }, options)).nets;
  }

  async lookupByName(name: string, options?: CallOptions): Promise<Network | undefined> {
    return this.#found(this.#caller.call(procedures.networkLookupByName, { name }, options));
  }

  async lookupByUuid(uuid: string, options?: CallOptions): Promise<Network | undefined> {
    return this.#found(this.#caller.call(procedures.networkLookupByUuid, { uuid }, options));
  }

  /** Flags: `NetworkXml`. */
  async xml(network: NetworkRef, { flags = 0, ...options }: FlagOptions = {}): Promise<string> {
    return (await this.#caller.call(procedures.networkGetXmlDesc, { net: network, flags }, options)).xml;
  }

  async isActive(network: NetworkRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call(procedures.networkIsActive, { net: network }, options)).active === 1;
  }

  async define(xml: string, options?: CallOptions): Promise<Network> {
    return (await this.#caller.call(procedures.networkDefineXml, { xml }, options)).net;
  }

  async start(network: NetworkRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.networkCreate, { net: network }, options);
  }

  async stop(network: NetworkRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.networkDestroy, { net: network }, options);
  }

  async undefine(network: NetworkRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.networkUndefine, { net: network }, options);
  }

  async #found(lookup: Promise<{ readonly net: Network }>): Promise<Network | undefined> {
    return (await unlessMissing(lookup, ErrorCode.NO_NETWORK))?.net;
  }
}
