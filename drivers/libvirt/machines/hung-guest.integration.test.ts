/** A guest that hangs, with somebody waiting for it, on a real libvirtd: nobody else waits. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LibvirtHost } from '../../../e2e/environment/libvirt-host.ts';
import { uuidOf } from '../../../e2e/environment/names.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { Virsh } from '../../../e2e/environment/virsh.ts';
import { waitFor } from '../../../e2e/environment/wait.ts';
import type { Driver } from '../../contract.ts';
import { openLibvirt } from '../driver.ts';

const START_MS = 60_000;
const dir = join(testDir, `libvirt-hung-guest-${process.pid}`);
const call = () => ({ signal: new AbortController().signal, timeoutMs: 20_000 });

let host: LibvirtHost;
let driver: Driver;

beforeAll(async () => {
  host = await LibvirtHost.start({ dir, hostName: 'hung-guest', hostId: uuidOf(dir), network: 'Own' });
  driver = openLibvirt({ uri: host.uri });
  await driver.connect(call());
}, START_MS);

afterAll(async () => {
  await driver.close();
  await host.destroy();
}, START_MS);

async function boot(name: string): Promise<string> {
  const id = uuidOf(`${dir}/${name}`);
  const virsh = new Virsh(host.uri);
  const os = '<os><type>hvm</type></os>';
  await virsh.define(
    `<domain type='qemu'><name>${name}</name><uuid>${id}</uuid><memory unit='MiB'>16</memory><vcpu>1</vcpu>${os}</domain>`,
  );
  await virsh.run('start', name);
  return id;
}

const busy = async (): Promise<Readonly<Record<string, boolean>>> =>
  Object.fromEntries((await driver.observe(call())).machines.map((machine) => [machine.name, machine.busy]));
const signal = (name: string, what: 'STOP' | 'CONT') => host.exec(['sh', '-c', `kill -${what} $(cat /run/libvirt/qemu/${name}.pid)`]);

test(
  'it is busy until it goes on, and the host is observed all the same',
  async () => {
    const hung = await boot('hung');
    await boot('well');
    expect(await busy()).toEqual({ hung: false, well: false });
    await signal('hung', 'STOP');
    const somebody = new Virsh(host.uri).run('qemu-monitor-command', 'hung', '--hmp', 'info status');
    const startedAt = performance.now();
    await waitFor('somebody to wait for the guest', async () => (await driver.inspect(hung, call()))?.busy === true);
    expect(await busy()).toEqual({ hung: true, well: false });
    // libvirt itself would have kept us waiting for half a minute.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await signal('hung', 'CONT');
    await somebody;
    await waitFor('the guest to be free', async () => (await busy())['hung'] === false);
  },
  START_MS,
);
