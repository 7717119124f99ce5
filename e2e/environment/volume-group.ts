/**
 * A volume group of a lab host, with a pool of libvirt on it. The kernel that tests run on may have no device mapper, so what
 * libvirt calls is a script in the place of LVM's commands (libvirt/lvm), which keeps volumes on loop devices: libvirt's own
 * code for such pools, the conversions, and the guests on block devices are real.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import type { LibvirtHost } from './libvirt-host.ts';
import { shortHash } from './names.ts';
import { Virsh } from './virsh.ts';

const COMMANDS = ['lvcreate', 'lvremove', 'lvs', 'vgs', 'pvs', 'vgchange', 'lvchange'] as const;
const GROUPS = '/var/lib/libvirt/lvm';

export const hasLoopDevices = (): boolean => existsSync('/dev/loop-control');

export class VolumeGroup {
  readonly #host: LibvirtHost;
  /** Of the group, and of the pool on it. It is in this machine's `/dev`, so it is nobody else's. */
  readonly name: string;

  private constructor(host: LibvirtHost, name: string) {
    this.#host = host;
    this.name = name;
  }

  /** Defines and starts the pool. */
  static async start(host: LibvirtHost, sizeBytes: number): Promise<VolumeGroup> {
    const group = new VolumeGroup(host, `hostler-${shortHash(host.dir)}`);
    const commands = host.outside(`${GROUPS}.bin`);
    mkdirSync(commands, { recursive: true });
    for (const name of COMMANDS) symlinkSync(join(import.meta.dirname, 'libvirt/lvm/lvm'), join(commands, name));
    mkdirSync(host.outside(`${GROUPS}/${group.name}`), { recursive: true });
    writeFileSync(host.outside(`${GROUPS}/${group.name}.size`), String(sizeBytes));
    mkdirSync(`/dev/${group.name}`, { recursive: true });
    // Seen by this host alone: it is in a mount namespace of its own.
    await host.exec(['mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${GROUPS}.bin:/usr/sbin`, '/usr/sbin']);
    const virsh = new Virsh(host.uri);
    await virsh.run('pool-define-as', group.name, 'logical', '--source-name', group.name, '--target', `/dev/${group.name}`);
    await virsh.run('pool-start', group.name);
    return group;
  }

  /** Where the volume is on the host and on this machine. */
  device(name: string): string {
    return `/dev/${this.name}/${name}`;
  }

  /** The pool, what is in it, and the loop devices go; before the host does. */
  async stop(): Promise<void> {
    const virsh = new Virsh(this.#host.uri);
    for (const end of ['pool-destroy', 'pool-undefine']) await virsh.run(end, this.name).catch(() => undefined);
    const listed = await run('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
    const folder = this.#host.outside(`${GROUPS}/${this.name}`);
    const ours = listed.split('\n').map((line) => line.trim().split(/\s+/));
    for (const [device, file = ''] of ours) {
      if (device !== undefined && (file.startsWith(`${folder}/`) || file.startsWith(`${GROUPS}/${this.name}/`)))
        await run('losetup', ['--detach', device]);
    }
    rmSync(`/dev/${this.name}`, { recursive: true, force: true });
  }
}
