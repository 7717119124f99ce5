/** Backups: copies of the disks of a running domain as they are at one moment, while the guest goes on. */
import type { CallOptions } from '../connection/call-options.ts';
import { ErrorCode } from '../constants/errors.ts';
import * as procedures from '../procedures/backup.ts';
import type { DomainRef } from '../types/references.ts';
import type { Caller, FlagOptions } from './caller.ts';
import { unlessMissing } from './lookup.ts';

export class Backups {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Begins one and returns; it is a job of the domain (`domains.jobInfo`, `domains.abortJob`). Flags: `BackupBegin`. */
  async begin(domain: DomainRef, xml: string, { flags = 0, ...options }: FlagOptions = {}): Promise<void> {
    await this.#caller.call(procedures.domainBackupBegin, { dom: domain, backup_xml: xml, checkpoint_xml: undefined, flags }, options);
  }

  /** What the backup under way copies, and where to; undefined when there is none, or the domain is off. */
  async xml(domain: DomainRef, options?: CallOptions): Promise<string | undefined> {
    const asked = this.#caller.call(procedures.domainBackupGetXmlDesc, { dom: domain, flags: 0 }, options);
    return (await unlessMissing(unlessMissing(asked, ErrorCode.NO_DOMAIN_BACKUP), ErrorCode.OPERATION_INVALID))?.xml;
  }

  /** Has the guest's agent write everything out and hold all file systems still; resolves with how many. */
  async freeze(domain: DomainRef, options?: CallOptions): Promise<number> {
    return (await this.#caller.call(procedures.domainFsfreeze, { dom: domain, mountpoints: [], flags: 0 }, options)).filesystems;
  }

  /** Lets them go on; none held is fine. */
  async thaw(domain: DomainRef, options?: CallOptions): Promise<number> {
    return (await this.#caller.call(procedures.domainFsthaw, { dom: domain, mountpoints: [], flags: 0 }, options)).filesystems;
  }
}
