/** The host and its daemon: what they are and what they can do. */
import type { CallOptions } from '../connection/call-options.ts';
import * as connect from '../procedures/connect.ts';
import type { Caller } from './caller.ts';

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly release: number;
}

export interface NodeInfo {
  /** CPU architecture: `x86_64`. */
  readonly cpuModel: string;
  readonly memoryKiB: number;
  /** CPUs that are on line. */
  readonly cpus: number;
  /** 0 when the host does not say. */
  readonly mhz: number;
  readonly numaNodes: number;
  /** Per NUMA node. */
  readonly sockets: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
}

/** Left out: the host's own default. */
export interface DomainCapabilitiesQuery {
  readonly emulator?: string;
  readonly architecture?: string;
  readonly machine?: string;
  /** `kvm`, `qemu`, ... */
  readonly virtType?: string;
}

export class Host {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** The hypervisor's kind, as the daemon spells it: `QEMU`, `Test`. */
  async type(options?: CallOptions): Promise<string> {
    return (await this.#caller.call(connect.connectGetType, {}, options)).type;
  }

  /** Version of the hypervisor (QEMU); 0.0.0 where it has none. */
  async version(options?: CallOptions): Promise<Version> {
    return version((await this.#caller.call(connect.connectGetVersion, {}, options)).hv_ver);
  }

  /** Version of libvirt. */
  async libraryVersion(options?: CallOptions): Promise<Version> {
    return version((await this.#caller.call(connect.connectGetLibVersion, {}, options)).lib_ver);
  }

  async hostName(options?: CallOptions): Promise<string> {
    return (await this.#caller.call(connect.connectGetHostname, {}, options)).hostname;
  }

  /** The URI as the daemon sees it: `qemu:///system`. */
  async uri(options?: CallOptions): Promise<string> {
    return (await this.#caller.call(connect.connectGetUri, {}, options)).uri;
  }

  /** XML, `<capabilities>`: the host's CPU, UUID, NUMA topology and the guests it can run. */
  async capabilities(options?: CallOptions): Promise<string> {
    return (await this.#caller.call(connect.connectGetCapabilities, {}, options)).capabilities;
  }

  /** XML, `<domainCapabilities>`: what one emulator can give a guest. */
  async domainCapabilities(query: DomainCapabilitiesQuery = {}, options?: CallOptions): Promise<string> {
    const args = { emulatorbin: query.emulator, arch: query.architecture, machine: query.machine, virttype: query.virtType, flags: 0 };
    return (await this.#caller.call(connect.connectGetDomainCapabilities, args, options)).capabilities;
  }

  /** XML, `<sysinfo>`: SMBIOS. Rejects with code `NO_SUPPORT` or `CONFIG_UNSUPPORTED` where there is none. */
  async sysinfo(options?: CallOptions): Promise<string> {
    return (await this.#caller.call(connect.connectGetSysinfo, { flags: 0 }, options)).sysinfo;
  }

  async nodeInfo(options?: CallOptions): Promise<NodeInfo> {
    const info = await this.#caller.call(connect.nodeGetInfo, {}, options);
    return {
      cpuModel: info.model,
      memoryKiB: info.memory,
      cpus: info.cpus,
      mhz: info.mhz,
      numaNodes: info.nodes,
      sockets: info.sockets,
      coresPerSocket: info.cores,
      threadsPerCore: info.threads,
    };
  }

  async freeMemoryBytes(options?: CallOptions): Promise<number> {
    return (await this.#caller.call(connect.nodeGetFreeMemory, {}, options)).freeMem;
  }

  /** Whether the driver has one of libvirt's internal features (`virDrvFeature`), by number. */
  async supportsFeature(feature: number, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call(connect.connectSupportsFeature, { feature }, options)).supported !== 0;
  }
}

/** libvirt packs a version as major * 1,000,000 + minor * 1,000 + release. */
function version(packed: number): Version {
  return { major: Math.floor(packed / 1_000_000), minor: Math.floor(packed / 1000) % 1000, release: packed % 1000 };
}
