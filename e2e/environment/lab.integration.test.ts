import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeBootSectorImage } from '../guests/images.ts';
import { run, tryRun } from './command.ts';
import { Lab } from './lab.ts';
import { startLibvirtd } from './libvirtd.ts';
import { testDir } from './paths.ts';
import { findProcesses } from './processes.ts';
import { serialOutput } from './serial-output.ts';
import { Virsh } from './virsh.ts';
import { waitFor } from './wait.ts';

const dir = join(testDir, 'lab');
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start(dir);
}, 60_000);

afterAll(() => lab?.stop());

/** A guest as plain as can be, on a disk in the host's own pool. */
async function defineGuest(host: Lab['a'], name: string): Promise<void> {
  const image = await makeBootSectorImage(join(testDir, 'images'), 'qcow2');
  const virsh = new Virsh(host.uri);
  await virsh.run('vol-create-as', 'default', `${name}.qcow2`, String(image.sizeBytes), '--format', 'raw');
  await virsh.run('vol-upload', '--pool', 'default', `${name}.qcow2`, image.file);
  const xml = `<domain type='qemu'><name>${name}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
    <os><type arch='x86_64' machine='pc'>hvm</type></os>
    <devices>
      <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/var/lib/libvirt/images/${name}.qcow2'/><target dev='vda' bus='virtio'/></disk>
      <interface type='network'><source network='default'/></interface>
      <serial type='pty'><log file='/var/log/libvirt/qemu/${name}.console'/></serial>
    </devices></domain>`;
  await virsh.define(xml);
  await virsh.run('start', name);
}

const prints = (host: Lab['a'], name: string, text: string) =>
  waitFor(`${text} from ${name}`, async () => (await serialOutput(host, name)).includes(text));

/** Over the network. */
const ping = (host: Lab['a']) => tryRun('virsh', ['--connect', host.tcpUri, 'hostname'], { timeoutMs: 2000 });

/** Names of this machine's network devices. */
const devices = async () => (await run('ip', ['-brief', 'link'])).split('\n').map((line) => line.split(/[ @]/)[0]);

test('both hosts answer, on the socket and over the network, each under its own name', async () => {
  expect((await new Virsh(lab.a.uri).run('hostname')).trim()).toBe('host-a');
  expect((await new Virsh(lab.b.tcpUri).run('hostname')).trim()).toBe('host-b');
});

test('a guest boots, outlives a restart of the daemon, and ends with a power cut that its definition survives', async () => {
  const virsh = new Virsh(lab.a.uri);
  await defineGuest(lab.a, 'guest');
  await prints(lab.a, 'guest', 'TICK');
  await lab.a.killDaemon();
  await lab.a.startDaemon();
  expect(await virsh.state('guest')).toMatch(/^running/);
  await Lab.attach(dir).a.powerOff();
  await lab.a.powerOn();
  expect(await virsh.state('guest')).toMatch(/^shut off/);
  expect(await virsh.volumes()).toEqual(['guest.qcow2']);
  expect(await new Virsh(lab.b.uri).domains()).toEqual([]);
}, 60_000);

test('with its cable cut a host is silent on the network and still answers on its socket', async () => {
  await lab.b.cutNetwork();
  expect((await ping(lab.b)).code).not.toBe(0);
  expect(await new Virsh(lab.b.uri).domains()).toEqual([]);
  await lab.b.mendNetwork();
  await waitFor('host b to be back', async () => (await ping(lab.b)).code === 0);
}, 60_000);

test('a hung daemon answers nothing until it goes on', async () => {
  const ask = () => tryRun('virsh', ['--connect', lab.b.uri, 'hostname'], { timeoutMs: 1000 });
  lab.b.hangDaemon();
  expect((await ask()).code).not.toBe(0);
  lab.b.resumeDaemon();
  await waitFor('the daemon to answer', async () => (await ask()).code === 0);
}, 60_000);

test('a stopped lab leaves no process, network device, mount or socket', async () => {
  const other = join(testDir, 'lab-to-stop');
  const before = await devices();
  const stopped = await Lab.start(other);
  expect(await devices()).not.toEqual(before);
  await stopped.stop();
  expect(await devices()).toEqual(before);
  expect(findProcesses(join(other, 'a'))).toEqual([]);
  expect(existsSync(stopped.a.socket)).toBe(false);
  expect(await run('cat', ['/proc/mounts'])).not.toContain(other);
}, 60_000);

test('a path too long for a unix socket gets a short one', async () => {
  const libvirtd = await startLibvirtd({ dir: join(testDir, 'long'.repeat(30)) });
  expect((await new Virsh(`test+unix:///default?socket=${libvirtd.socket}`).domains()).map(({ name }) => name)).toEqual(['test']);
  await libvirtd.stop();
  expect(existsSync(libvirtd.socket)).toBe(false);
}, 60_000);
