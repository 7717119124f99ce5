/** Devices of the host. */
import type { CallOptions } from '../connection/call-options.ts';
import { ErrorCode } from '../constants/errors.ts';
import * as procedures from '../procedures/network.ts';
import type { NodeDevice } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';
import { unlessMissing } from './lookup.ts';

export class NodeDevices {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Flags: `ListNodeDevices`; without any, all devices. */
  async list({ flags = 0, ...options }: FlagOptions = {}): Promise<readonly NodeDevice[]> {
    return (await this.#caller.call(procedures.connectListAllNodeDevices, { need_results: 1, flags }, options)).devices;
  }

  async lookupByName(name: string, options?: CallOptions): Promise<NodeDevice | undefined> {
    return (await unlessMissing(this.#caller.call(procedures.nodeDeviceLookupByName, { name }, options), ErrorCode.NO_NODE_DEVICE))?.dev;
  }

  async xml(device: NodeDevice, options?: CallOptions): Promise<string> {
    return (await this.#caller.call(procedures.nodeDeviceGetXmlDesc, { name: device.name, flags: 0 }, options)).xml;
  }

  /** Name of the device it hangs on; undefined for the root. */
  async parent(device: NodeDevice, options?: CallOptions): Promise<string | undefined> {
    return (await this.#caller.call(procedures.nodeDeviceGetParent, { name: device.name }, options)).parentName;
  }
}
