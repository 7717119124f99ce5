/** Secrets that the daemon keeps for disks and pools: passphrases, keys. Their values can be set, not read, here. */
import type { CallOptions } from '../connection/call-options.ts';
import { ErrorCode } from '../constants/errors.ts';
import * as procedures from '../procedures/network.ts';
import type { Secret, SecretRef } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';
import { unlessMissing } from './lookup.ts';

export class Secrets {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Flags: `ListSecrets`; without any, all secrets. */
  async list({ flags = 0, ...options }: FlagOptions = {}): Promise<readonly Secret[]> {
    return (await this.#caller.call(procedures.connectListAllSecrets, { need_results: 1, flags }, options)).secrets;
  }

  async lookupByUuid(uuid: string, options?: CallOptions): Promise<Secret | undefined> {
    return (await unlessMissing(this.#caller.call(procedures.secretLookupByUuid, { uuid }, options), ErrorCode.NO_SECRET))?.secret;
  }

  async define(xml: string, options?: CallOptions): Promise<Secret> {
    return (await this.#caller.call(procedures.secretDefineXml, { xml, flags: 0 }, options)).secret;
  }

  async xml(secret: SecretRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call(procedures.secretGetXmlDesc, { secret, flags: 0 }, options)).xml;
  }

  /** At most 65,536 bytes. */
  async setValue(secret: SecretRef, value: Uint8Array, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.secretSetValue, { secret, value, flags: 0 }, options);
  }

  async undefine(secret: SecretRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(procedures.secretUndefine, { secret }, options);
  }
}
