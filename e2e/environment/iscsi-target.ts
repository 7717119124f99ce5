/**
 * An iSCSI target on a lab host, in user space: what a storage array is to hosts elsewhere. Its logical units are files among
 * the host's images. It ends with the host, at the latest.
 */
import { truncateSync, writeFileSync } from 'node:fs';
import type { LibvirtHost } from './libvirt-host.ts';
import { cachedProgram } from './paths.ts';
import { belongsTo, stopProcesses } from './processes.ts';
import { Virsh } from './virsh.ts';
import { waitFor } from './wait.ts';

/** In the host's own network. */
const ADDRESS = '127.0.0.1';
const PORT = 3260;
const PROCESS = 'tgtd';
/** The one target of the host. */
const TARGET = ['--tid', '1'];
/** In a folder of the host's own, so that several hosts have one each. */
const SOCKET = '/run/libvirt/tgtd';

export class IscsiTarget {
  readonly iqn: string;
  private readonly host: LibvirtHost;

  private constructor(host: LibvirtHost, iqn: string) {
    this.host = host;
    this.iqn = iqn;
  }

  /** On a host with a network of its own. */
  static async start(host: LibvirtHost, name: string): Promise<IscsiTarget> {
    const target = new IscsiTarget(host, `iqn.2026-01.dev.hostler:${name}`);
    await host.exec([cachedProgram('tgtd'), '--iscsi', `portal=${ADDRESS}:${PORT}`], { ...environment(), ...belongsTo(host.dir, PROCESS) });
    await waitFor('the iSCSI target to answer', () =>
      target.admin('show', 'target').then(
        () => true,
        () => false,
      ),
    );
    await target.admin('new', 'target', ...TARGET, '--targetname', target.iqn);
    await target.admin('bind', 'target', ...TARGET, '--initiator-address', 'ALL');
    return target;
  }

  /** A logical unit of that size, empty, from 1 on. Returns the path of its file, outside of the host. */
  async addUnit(unit: number, sizeBytes: number): Promise<string> {
    const path = `/var/lib/libvirt/images/${this.iqn.replace(/.*:/, '')}-unit-${unit}`;
    const outside = this.host.outside(path);
    writeFileSync(outside, '');
    truncateSync(outside, sizeBytes);
    await this.admin('new', 'logicalunit', ...TARGET, '--lun', String(unit), '--backing-store', path);
    return outside;
  }

  /** Has the host's libvirt know the target as a pool of that name. */
  async definePool(pool: string): Promise<void> {
    const source = ['--source-host', ADDRESS, '--source-dev', this.iqn, '--source-initiator', `${this.iqn}-initiator`];
    const virsh = new Virsh(this.host.uri);
    await virsh.run('pool-define-as', pool, 'iscsi-direct', ...source);
    await virsh.run('pool-start', pool);
  }

  /** Takes the pool away, and ends. */
  async stop(pool: string): Promise<void> {
    const virsh = new Virsh(this.host.uri);
    await virsh.run('pool-destroy', pool);
    await virsh.run('pool-undefine', pool);
    await stopProcesses(this.host.dir, PROCESS, 0);
  }

  private admin(operation: string, mode: string, ...args: readonly string[]): Promise<string> {
    const command = [cachedProgram('tgtadm'), '--lld', 'iscsi', '--op', operation, '--mode', mode, ...args];
    return this.host.exec(command, environment());
  }
}

const environment = () => ({ ...process.env, TGT_IPC_SOCKET: SOCKET });
