/** A machine made through the driver, without an operator: with the Linux guest, and with a disk of data to copy. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Driver, ImageFormat, MachineSpec } from '../../drivers/contract.ts';
import type { Target } from '../../drivers/owner.ts';
import type { LibvirtHost } from '../../e2e/environment/libvirt-host.ts';
import { serialOutput } from '../../e2e/environment/serial-output.ts';
import { Virsh } from '../../e2e/environment/virsh.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { makeLinuxImage } from '../../e2e/guests/images.ts';
import { timed } from './pairs.ts';

export const POOL = 'default';
/** On the host. */
export const poolFile = (name: string): string => `/var/lib/libvirt/images/${name}`;

const MIB = 1024 * 1024;
const LINUX = 'bench-linux';
const DATA = 'bench-data';
const COPY = 'bench-copy';
const VOLUME_BYTES = 8 * MIB;

export interface Plugged {
  readonly attachMs: number;
  readonly detachMs: number;
}

export class BenchMachine implements AsyncDisposable {
  readonly #host: LibvirtHost;
  readonly #driver: Driver;
  readonly #spec: MachineSpec;
  readonly #target: Target;
  readonly #virsh: Virsh;
  #dataDisk = '';

  private constructor(host: LibvirtHost, driver: Driver, name: string) {
    const uid = randomUUID();
    this.#host = host;
    this.#driver = driver;
    this.#virsh = new Virsh(host.uri);
    this.#target = { machineId: uid, clusterId: 'bench', uid };
    this.#dataDisk = `${uid}-ephemeral-1`;
    this.#spec = {
      machineId: uid,
      name: `bench-${name}`,
      owner: { clusterId: 'bench', namespace: 'bench', name, uid, role: 'main' },
      vcpus: 1,
      memoryBytes: 192 * MIB,
      disks: [{ role: 'root', pool: POOL, name: `${uid}-root-1` }],
      interfaces: [],
    };
  }

  /** Defined, with a root disk on the Linux image, and off. */
  static async open(
    host: LibvirtHost,
    driver: Driver,
    { name, dir }: { readonly name: string; readonly dir: string },
  ): Promise<BenchMachine> {
    const machine = new BenchMachine(host, driver, name);
    const { file, format, sizeBytes } = await makeLinuxImage(dir);
    await machine.#import(LINUX, file, format, sizeBytes, 64 * MIB);
    const [root] = machine.#spec.disks;
    if (root === undefined) throw new Error('it has a root disk');
    await driver.createDisk({ ...root, sizeBytes: 64 * MIB, baseKey: LINUX }, call());
    await driver.define(machine.#spec, call());
    return machine;
  }

  /** A second disk that stands on a base with the file's content. */
  async giveData(file: string, bytes: number): Promise<void> {
    await this.#import(DATA, file, 'raw', bytes, bytes);
    const disk = { pool: POOL, name: this.#dataDisk };
    await this.#driver.createDisk({ ...disk, sizeBytes: bytes, baseKey: DATA }, call());
    await this.#driver.define({ ...this.#spec, disks: [...this.#spec.disks, { role: 'ephemeral', ...disk }] }, call());
  }

  get dataFile(): string {
    return poolFile(this.#dataDisk);
  }

  /** Until the guest answers: from then on it lets go of what it is asked for. */
  async boot(): Promise<void> {
    await this.#driver.startPaused(this.#target, { runId: randomUUID(), bootHash: 'bench' }, call());
    await this.#driver.unpause(this.#target, call());
    const { machineId } = this.#target;
    const listens = async (): Promise<boolean> => (await serialOutput(this.#host, machineId)).includes('GUEST-LISTENS');
    await waitFor('the guest to listen', listens, { timeoutMs: 120_000 });
  }

  /** Copies the data as the content of an Image, and removes the copy; milliseconds of the copying. */
  async capture(): Promise<number> {
    const took = await timed(() => this.#capture());
    await this.#driver.deleteBase(POOL, COPY, call());
    return took;
  }

  #capture(): Promise<unknown> {
    const disk = { pool: POOL, name: this.#dataDisk };
    return this.#driver.captureBase(this.#target, { disk, pool: POOL, key: COPY, quiesce: 'Never' }, call());
  }

  /** Into the running guest and its definition, and out of both. */
  async plug(): Promise<Plugged> {
    const volume = { pool: POOL, name: 'bench-plugged', id: 'data', serial: 'bench-data', readOnly: false };
    await this.#driver.createDisk({ pool: POOL, name: volume.name, sizeBytes: VOLUME_BYTES }, call());
    const attachMs = await timed(() => this.#driver.attachVolume(this.#target, volume, call()));
    const detachMs = await timed(() => this.#driver.detachVolume(this.#target, volume.id, call()));
    await this.#driver.deleteDisk({ pool: POOL, name: volume.name }, call());
    return { attachMs, detachMs };
  }

  async plugByVirsh(): Promise<Plugged> {
    const { machineId } = this.#target;
    const name = 'bench-peer';
    await this.#virsh.run('vol-create-as', POOL, name, `${VOLUME_BYTES}B`, '--format', 'qcow2');
    const disk = ['--driver', 'qemu', '--subdriver', 'qcow2', '--targetbus', 'virtio', '--live', '--config'];
    const attachMs = await timed(() => this.#virsh.run('attach-disk', machineId, poolFile(name), 'vdq', ...disk));
    const detachMs = await timed(async () => {
      await this.#virsh.run('detach-disk', machineId, 'vdq', '--live', '--config');
      await waitFor('the guest to let go', async () => !(await this.#virsh.run('domblklist', machineId)).includes(name), { intervalMs: 5 });
    });
    await this.#virsh.run('vol-delete', name, '--pool', POOL);
    return { attachMs, detachMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.powerOff(this.#target, call());
    await this.#driver.undefine(this.#target, call());
    for (const name of [this.#dataDisk, ...this.#spec.disks.map((disk) => disk.name)])
      await rm(this.#host.outside(poolFile(name)), { force: true });
  }

  async #import(key: string, file: string, format: ImageFormat, sizeBytes: number, virtualSizeBytes: number): Promise<void> {
    const verified = () => ({ sha256: '0'.repeat(64), sizeBytes, virtualSizeBytes });
    const content = createReadStream(file, { highWaterMark: MIB }) as AsyncIterable<Uint8Array>;
    await this.#driver.importBase({ pool: POOL, key, format, sizeBytes, verified }, content, call());
  }
}

const call = (): { readonly signal: AbortSignal; readonly timeoutMs: number } => ({
  signal: new AbortController().signal,
  timeoutMs: 600_000,
});
