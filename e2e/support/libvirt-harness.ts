/** A libvirt host for the conformance cases: real QEMU guests, and virsh for what somebody else does on the host. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskRef } from '../../drivers/contract.ts';
import type { Harness, OutOfBand } from '../../drivers/conformance/harness.ts';
import { openLibvirt } from '../../drivers/libvirt/driver.ts';
import { IscsiTarget } from '../environment/iscsi-target.ts';
import { LibvirtHost } from '../environment/libvirt-host.ts';
import { uuidOf } from '../environment/names.ts';
import { serialOutput } from '../environment/serial-output.ts';
import { Virsh } from '../environment/virsh.ts';
import { hasLoopDevices, VolumeGroup } from '../environment/volume-group.ts';
import { waitFor } from '../environment/wait.ts';
import { bootSector } from '../guests/boot-sector.ts';
import { Cable } from './cable.ts';

const DISK_BYTES = 1024 * 1024;
const UNIT_BYTES = 8 * 1024 * 1024;
/** libvirt takes the number of the last block for that of blocks. */
const LAST_BLOCK = 512;
const GROUP_BYTES = 128 * 1024 * 1024;
const MEMORY_BYTES = 16 * 1024 * 1024;
const IMAGES = '/var/lib/libvirt/images';

/** `dir`: of the host, emptied first and removed at the end. */
export async function startLibvirtHarness(dir: string): Promise<Harness> {
  const host = await LibvirtHost.start({ dir, hostName: 'conformance', hostId: uuidOf(dir), network: 'Own' });
  const target = await IscsiTarget.start(host, 'conformance');
  await target.addUnit(1, UNIT_BYTES);
  await target.definePool('san');
  const group = hasLoopDevices() ? await VolumeGroup.start(host, GROUP_BYTES) : undefined;
  const imagePools = group && { [group.name]: 'default' };
  const cables = new Cables(host.socket);
  return {
    pool: 'default',
    network: 'default',
    ...(group && { copying: group.name }),
    existing: { pool: 'san', name: 'unit:0:0:1', capacityBytes: UNIT_BYTES - LAST_BLOCK },
    memoryBytes: MEMORY_BYTES,
    image: { format: 'raw', content: Buffer.concat([bootSector('AtKey')], DISK_BYTES), virtualSizeBytes: DISK_BYTES },
    host: hands(host, cables),
    open: () => openLibvirt({ uri: `qemu:///system?socket=${cables.lay().socket}`, ...(imagePools && { imagePools }) }),
    close: async () => {
      cables.remove();
      await group?.stop();
      await host.destroy();
    },
  };
}

/** One cable for each driver, so that a stall hits those that are connected and not those that come to look. */
class Cables {
  private readonly daemonSocket: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'hl-'));
  private readonly laid: Cable[] = [];

  constructor(daemonSocket: string) {
    this.daemonSocket = daemonSocket;
  }

  lay(): Cable {
    const cable = new Cable(join(this.folder, String(this.laid.length)), this.daemonSocket);
    this.laid.push(cable);
    return cable;
  }

  cut(): void {
    for (const cable of this.laid) cable.cut();
  }

  goDead(): () => void {
    const revivals = this.laid.map((cable) => cable.goDead());
    return () => {
      for (const revive of revivals) revive();
    };
  }

  remove(): void {
    for (const cable of this.laid) cable.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function hands(host: LibvirtHost, cables: Cables): OutOfBand {
  const virsh = new Virsh(host.uri);
  const ended = (id: string) => waitFor(`${id} to end`, async () => (await virsh.state(id))?.startsWith('shut off'));
  return {
    makeForeignMachine: async (name, machineId = uuidOf(name)) => {
      await virsh.define(foreignDomain(name, machineId));
      return machineId;
    },
    start: async (id) => void (await virsh.run('start', id)),
    pause: async (id) => void (await virsh.run('suspend', id)),
    unpause: async (id) => void (await virsh.run('resume', id)),
    destroy: async (id) => {
      if ((await virsh.state(id))?.startsWith('shut off') === false) await virsh.run('destroy', id);
    },
    undefine: async (id) => {
      if ((await virsh.state(id)) !== undefined) await virsh.run('undefine', id, '--managed-save', '--nvram');
    },
    addCpu: async (id) => {
      const cpus = Number(await virsh.run('vcpucount', id, '--config', '--maximum')) + 1;
      await virsh.run('setvcpus', id, String(cpus), '--config', '--maximum');
      await virsh.run('setvcpus', id, String(cpus), '--config');
    },
    guestShutdown: async (id) => {
      await type(host, id, 'KEY_P');
      await ended(id);
    },
    guestCrash: async (id) => {
      await type(host, id, 'KEY_C');
      await ended(id);
    },
    startAgent: noAgent,
    hangAgent: noAgent,
    beginJob: async (id) => {
      const copy = `${IMAGES}/copy-of-${id}`;
      await virsh.run('blockcopy', id, 'vda', copy, '--transient-job');
      return async () => {
        if ((await virsh.state(id)) !== undefined) await virsh.run('blockjob', id, 'vda', '--abort');
        rmSync(host.outside(copy), { force: true });
      };
    },
    restartDaemon: () => host.restartDaemon(),
    breakConnections: () => Promise.resolve(cables.cut()),
    stall: () => Promise.resolve(cables.goDead()).then((revive) => () => Promise.resolve(revive())),
    copyDisk: async ({ name }, bytes) =>
      void (await host.exec(['qemu-img', 'create', '-q', '-f', 'qcow2', `${IMAGES}/${name}`, String(bytes)])),
    readDisk: (disk, bytes) => readDisk(host, disk, bytes),
    traces: (_, text) => Promise.resolve(readdirSync(host.outside(IMAGES)).filter((name) => name.includes(text)).length),
  };
}

const noAgent = (): Promise<void> => Promise.reject(new Error('a boot sector has no agent'));

/** The guest looks at its keyboard once it is up. */
async function type(host: LibvirtHost, id: string, key: string): Promise<void> {
  await waitFor(`${id} to boot`, async () => (await serialOutput(host, id)).includes('BOOTED'));
  await new Virsh(host.uri).run('send-key', id, key);
}

async function readDisk(host: LibvirtHost, { name }: DiskRef, bytes: number): Promise<Uint8Array> {
  const flat = `/run/libvirt/flat-${name}`;
  await host.exec(['qemu-img', 'convert', '-U', '-O', 'raw', `${IMAGES}/${name}`, flat]);
  try {
    return readFileSync(host.outside(flat)).subarray(0, bytes);
  } finally {
    rmSync(host.outside(flat));
  }
}

/** A machine that somebody makes by hand, without a disk. */
export const foreignDomain = (name: string, uuid: string): string =>
  `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid><memory unit='MiB'>16</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>`;
