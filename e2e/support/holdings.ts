/** Everything that a host holds for guests, to be the same before and after: machines, volumes, secrets, and files beside the pool. */
import type { LibvirtHost } from '../environment/libvirt-host.ts';
import { Virsh } from '../environment/virsh.ts';

export interface Holdings {
  /** UUIDs. */
  readonly machines: readonly string[];
  /** Of pool `default`; root disks are numbered anew with each that is made, and go without their number here. */
  readonly volumes: readonly string[];
  /** UUIDs. */
  readonly secrets: readonly string[];
  /** Saved states, firmware variables, what QEMU remembers of copies, and TPMs. */
  readonly files: readonly string[];
}

const FOLDERS = ['qemu/save', 'qemu/nvram', 'qemu/snapshot', 'qemu/checkpoint', 'swtpm'].map((name) => `/var/lib/libvirt/${name}`);

export async function holdingsOf(host: LibvirtHost): Promise<Holdings> {
  const virsh = new Virsh(host.uri);
  const [machines, volumes, secrets, files] = await Promise.all([
    virsh.domains(),
    virsh.volumes(),
    virsh.run('secret-list'),
    host.exec(['sh', '-c', `find ${FOLDERS.join(' ')} -type f 2>/dev/null || true`]),
  ]);
  return {
    machines: machines.map(({ uuid }) => uuid).toSorted(),
    volumes: volumes.map((name) => name.replace(/-root-[\d.]+$/, '-root')).toSorted(),
    secrets: lines(secrets).map((line) => line.split(/\s+/)[0] ?? ''),
    files: lines(files).toSorted(),
  };
}

const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
