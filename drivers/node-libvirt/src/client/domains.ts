/**
 * Domains (virtual machines). Definitions and devices are XML, as in libvirt's documentation; sizes say their unit.
 *
 * A call on a domain that does not exist rejects with code `NO_DOMAIN`; lookups resolve with undefined instead.
 */
import type { CallOptions } from '../connection/call-options.ts';
import { ErrorCode } from '../constants/errors.ts';
import * as device from '../procedures/domain-device.ts';
import * as power from '../procedures/domain-power.ts';
import * as procedures from '../procedures/domain.ts';
import type { RemoteStream } from '../connection/stream.ts';
import type { Domain, DomainRef } from '../types/references.ts';
import type { Caller, FlagOptions, LaneOptions } from './caller.ts';
import type {
  DomainInfo,
  DomainInterface,
  DomainStatsOptions,
  DomainStatsRecord,
  GetMetadataOptions,
  JobInfo,
  JobStats,
  MetadataChange,
  StateAndReason,
} from './domain-records.ts';
import { unlessMissing } from './lookup.ts';

export class Domains {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Flags: `ListDomains`; without any, all domains. */
  async list({ flags = 0, ...options }: FlagOptions = {}): Promise<readonly Domain[]> {
    return (await this.#caller.call(procedures.connectListAllDomains, { need_results: 1, flags }, options)).domains;
  }

  /**
   * Statistics of many domains in one call. Flags: `GetAllDomainStats`. Without `NOWAIT` a busy domain holds up the whole
   * answer, so such a call takes the slow lane.
   */
  async stats({ stats = 0, domains = [], flags = 0, ...options }: DomainStatsOptions = {}): Promise<readonly DomainStatsRecord[]> {
    const speed = (flags & NOWAIT) === 0 ? 'slow' : 'fast';
    const args = { doms: domains, stats, flags };
    const { retStats } = await this.#caller.call(procedures.connectGetAllDomainStats, args, { speed, ...options });
    return retStats.map(({ dom, params }) => ({ domain: dom, params }));
  }

  async lookupByName(name: string, options?: CallOptions): Promise<Domain | undefined> {
    return this.#found(this.#caller.call(procedures.domainLookupByName, { name }, options));
  }

  async lookupByUuid(uuid: string, options?: CallOptions): Promise<Domain | undefined> {
    return this.#found(this.#caller.call(procedures.domainLookupByUuid, { uuid }, options));
  }

  /** Only a running domain has an id. */
  async lookupById(id: number, options?: CallOptions): Promise<Domain | undefined> {
    return this.#found(this.#caller.call(procedures.domainLookupById, { id }, options));
  }

  /** The definition. Flags: `DomainXml`; without `INACTIVE` that of the running guest, where it runs. */
  async xml(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<string> {
    return (await this.#caller.call(procedures.domainGetXmlDesc, { dom: domain, flags }, options)).xml;
  }

  /** Makes or replaces a definition. Flags: `DomainDefine`. */
  async define(xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<Domain> {
    return (await this.#caller.call(procedures.domainDefineXmlFlags, { xml, flags }, options)).dom;
  }

  /** Removes the definition; a running domain goes on until it stops. Flags: `DomainUndefine`. */
  async undefine(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.domainUndefineFlags, { dom: domain, flags }, options);
  }

  /** Starts a defined domain, from its saved state if it has one; resolves with the id of the run. Flags: `DomainStart`. */
  async start(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<number> {
    // The reply repeats the name as it was sent, so only the id says anything new.
    return (await this.#caller.call(power.domainCreateWithFlags, { dom: domain, flags }, options)).dom.id;
  }

  /**
   * Starts a domain that has no definition (transient). Flags: `DomainStart`. `AUTODESTROY` ties the guest to the connection
   * that carried the call, and an idle one of the slow lane is closed after 30 s: with `speed: 'fast'` it is the client's own.
   */
  async createTransient(xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<Domain> {
    return (await this.#caller.call(power.domainCreateXml, { xml_desc: xml, flags }, options)).dom;
  }

  /** Powers off at once, and returns when it is off. Flags: `DomainDestroy`. Off already: code `OPERATION_INVALID`. */
  async destroy(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(power.domainDestroyFlags, { dom: domain, flags }, options);
  }

  /** Sends the guest one request to shut down; it may ignore it. Flags: `DomainShutdown`. */
  async shutdown(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(power.domainShutdownFlags, { dom: domain, flags }, options);
  }

  /** Sends the guest one request to reboot. Flags: `DomainReboot`. */
  async reboot(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(power.domainReboot, { dom: domain, flags }, options);
  }

  /** As the reset button. */
  async reset(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(power.domainReset, { dom: domain, flags: 0 }, options);
  }

  /** Stops the guest's CPUs; its memory stays. */
  async suspend(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(power.domainSuspend, { dom: domain }, options);
  }

  async resume(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(power.domainResume, { dom: domain }, options);
  }

  /** Of a running domain; what the guest makes of it is its own: most crash, and some dump their memory first. */
  async injectNmi(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(power.domainInjectNmi, { dom: domain, flags: 0 }, options);
  }

  /** Saves memory to disk and powers off; the next start restores it. Flags: `DomainSave`. */
  async managedSave(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(power.domainManagedSave, { dom: domain, flags }, options);
  }

  async hasManagedSave(domain: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call(power.domainHasManagedSaveImage, { dom: domain, flags: 0 }, options)).result === 1;
  }

  async removeManagedSave(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(power.domainManagedSaveRemove, { dom: domain, flags: 0 }, options);
  }

  async state(domain: DomainRef, options?: CallOptions): Promise<StateAndReason> {
    return this.#caller.call(procedures.domainGetState, { dom: domain, flags: 0 }, options);
  }

  async info(domain: DomainRef, options?: CallOptions): Promise<DomainInfo> {
    const info = await this.#caller.call(procedures.domainGetInfo, { dom: domain }, options);
    return { state: info.state, maxMemoryKiB: info.maxMem, memoryKiB: info.memory, vcpus: info.nrVirtCpu, cpuTimeNs: info.cpuTime };
  }

  async isActive(domain: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call(procedures.domainIsActive, { dom: domain }, options)).active === 1;
  }

  /** False: it will be gone when it stops. */
  async isPersistent(domain: DomainRef, options?: CallOptions): Promise<boolean> {
    return (await this.#caller.call(procedures.domainIsPersistent, { dom: domain }, options)).persistent === 1;
  }

  async jobInfo(domain: DomainRef, options?: CallOptions): Promise<JobInfo> {
    const info = await this.#caller.call(power.domainGetJobInfo, { dom: domain }, options);
    return {
      type: info.type,
      elapsedMs: info.timeElapsed,
      remainingMs: info.timeRemaining,
      totalBytes: info.dataTotal,
      processedBytes: info.dataProcessed,
      remainingBytes: info.dataRemaining,
    };
  }

  /** Flags: `DomainGetJobStats`. The names are libvirt's: `data_total`, `operation`, ... */
  async jobStats(domain: DomainRef, { flags = 0, ...options }: FlagOptions = {}): Promise<JobStats> {
    return this.#caller.call(power.domainGetJobStats, { dom: domain, flags }, options);
  }

  async abortJob(domain: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call(power.domainAbortJob, { dom: domain }, options);
  }

  /** Flags: `DomainAffect`. */
  async setMetadata(domain: DomainRef, change: MetadataChange, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    const args = { dom: domain, type: change.type, metadata: change.value, key: change.prefix, uri: change.uri, flags };
    await this.#caller.call(procedures.domainSetMetadata, args, options);
  }

  /** Undefined when there is none of this type and URI. Flags: `DomainAffect`. */
  async metadata(domain: DomainRef, { type, uri, flags = 0, ...options }: GetMetadataOptions): Promise<string | undefined> {
    const found = this.#caller.call(procedures.domainGetMetadata, { dom: domain, type, uri, flags }, options);
    return (await unlessMissing(found, ErrorCode.NO_DOMAIN_METADATA))?.metadata;
  }

  /** Flags: `DomainDeviceModify`. */
  async attachDevice(domain: DomainRef, xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(device.domainAttachDeviceFlags, { dom: domain, xml, flags }, options);
  }

  /** Of a running guest this only asks: the event `deviceRemoved` says when it is gone. Flags: `DomainDeviceModify`. */
  async detachDevice(domain: DomainRef, xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(device.domainDetachDeviceFlags, { dom: domain, xml, flags }, options);
  }

  /** Flags: `DomainDeviceModify`. */
  async updateDevice(domain: DomainRef, xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(device.domainUpdateDeviceFlags, { dom: domain, xml, flags }, options);
  }

  /** Makes the disk of a running guest larger, and tells the guest. `disk`: its target, or the path of its source. */
  async blockResize(domain: DomainRef, disk: string, sizeBytes: number, options?: CallOptions): Promise<void> {
    await this.#caller.call(device.domainBlockResize, { dom: domain, disk, size: sizeBytes, flags: RESIZE_BYTES }, options);
  }

  /** Flags: `DomainMemory`. */
  async setMemory(domain: DomainRef, memoryKiB: number, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(device.domainSetMemoryFlags, { dom: domain, memory: memoryKiB, flags }, options);
  }

  /** Flags: `DomainVcpu`. */
  async setVcpus(domain: DomainRef, vcpus: number, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(device.domainSetVcpusFlags, { dom: domain, nvcpus: vcpus, flags }, options);
  }

  /** `source`: one of `DomainInterfaceAddressesSource`. */
  async interfaceAddresses(domain: DomainRef, source: number, options?: LaneOptions): Promise<readonly DomainInterface[]> {
    const { ifaces } = await this.#caller.call(procedures.domainInterfaceAddresses, { dom: domain, source, flags: 0 }, options);
    return ifaces.map(({ name, hwaddr, addrs }) => ({
      name,
      mac: hwaddr,
      addresses: addrs.map(({ type, addr, prefix }) => ({ type, address: addr, prefixLength: prefix })),
    }));
  }

  /** The guest's console, both ways. `device`: an alias, default the first one. Flags: `DomainConsole`. */
  async openConsole(
    domain: DomainRef,
    { flags = 0, deviceAlias, ...options }: FlagOptions & { readonly deviceAlias?: string } = {},
  ): Promise<RemoteStream> {
    return this.#caller.openStream(device.domainOpenConsole, { dom: domain, dev_name: deviceAlias, flags }, options);
  }

  /**
   * A picture of what is on a screen of a running domain, as a stream from the daemon; what kind it is shows its beginning (QEMU
   * makes PPM or PNG). `screen`: its number, default the first.
   */
  async screenshot(domain: DomainRef, { screen = 0, ...options }: CallOptions & { readonly screen?: number } = {}): Promise<RemoteStream> {
    return this.#caller.openStream(device.domainScreenshot, { dom: domain, screen, flags: 0 }, options);
  }

  async #found(lookup: Promise<{ readonly dom: Domain }>): Promise<Domain | undefined> {
    return (await unlessMissing(lookup, ErrorCode.NO_DOMAIN))?.dom;
  }
}

/** Sizes in bytes (`VIR_DOMAIN_BLOCK_RESIZE_BYTES`). */
const RESIZE_BYTES = 1;

/** `GetAllDomainStats.NOWAIT`. */
const NOWAIT = 0x2000_0000;
