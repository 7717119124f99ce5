/** What is libvirt's own and no part of the contract's cases: its odd states, its restarts, its names, two real hosts. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LibvirtClient } from 'node-libvirt';
import { Lab } from '../../e2e/environment/lab.ts';
import { startLibvirtd } from '../../e2e/environment/libvirtd.ts';
import { testDir } from '../../e2e/environment/paths.ts';
import { serialOutput } from '../../e2e/environment/serial-output.ts';
import { Virsh } from '../../e2e/environment/virsh.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { bootSector } from '../../e2e/guests/boot-sector.ts';
import { RpcProxy } from '../../e2e/support/rpc-proxy.ts';
import type { Driver, Machine, MachineSpec, MachineState } from '../contract.ts';
import type { Target } from '../owner.ts';
import { domainElement } from './domain/build.ts';
import { openLibvirt } from './driver.ts';
import { parseDomainCapabilities } from './host/profile.ts';
import { probeHardware } from './host/virtualization.ts';
import { ownTime } from './time.ts';
import { buildXml } from './xml.ts';

const MiB = 2 ** 20;
const TIME = 60_000;
const BASE = 'base-libvirt-test';
const dir = join(testDir, `libvirt-driver-${process.pid}`);
const call = () => ({ signal: new AbortController().signal, timeoutMs: 20_000 });
const image = Buffer.concat([bootSector('Never')], MiB);

let lab: Lab;
let a: Driver;
let b: Driver;
let virsh: Virsh;

beforeAll(async () => {
  lab = await Lab.start(join(dir, 'lab'));
  virsh = new Virsh(lab.a.uri);
  a = openLibvirt({ uri: lab.a.uri });
  b = openLibvirt({ uri: lab.b.tcpUri });
  await Promise.all([a.connect(call()), b.connect(call())]);
  const verified = () => ({ sha256: createHash('sha256').update(image).digest('hex'), sizeBytes: MiB, virtualSizeBytes: MiB });
  await a.importBase({ pool: 'default', key: BASE, format: 'raw', sizeBytes: MiB, verified }, inOne(image), call());
}, TIME);

afterAll(async () => {
  await a.close();
  await b.close();
  await lab.stop();
  rmSync(dir, { recursive: true, force: true });
}, TIME);

async function* inOne(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

interface Guest {
  readonly spec: MachineSpec;
  readonly target: Target;
}

/** Defined, with a disk that boots. */
async function makeGuest(name: string, over: Partial<MachineSpec> = {}): Promise<Guest> {
  const uid = randomUUID();
  const root = { pool: 'default', name: `${uid}-root-1` };
  const spec: MachineSpec = {
    machineId: uid,
    name,
    owner: { clusterId: 'c', namespace: 'n', name: 'm', uid, role: 'main' },
    vcpus: 1,
    memoryBytes: 16 * MiB,
    disks: [{ role: 'root', ...root }],
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', source: { network: 'default' } }],
    ...over,
  };
  if (spec.disks.length > 0) await a.createDisk({ ...root, sizeBytes: MiB, baseKey: BASE }, call());
  await a.define(spec, call());
  return { spec, target: { machineId: uid, clusterId: 'c', uid } };
}

async function boot({ target }: Guest): Promise<void> {
  await a.startPaused(target, { runId: 'r-1', bootHash: 'h-1' }, call());
  await a.unpause(target, call());
}

const observed = async ({ target }: Guest, driver = a): Promise<MachineState | undefined> =>
  (await driver.observe(call())).machines.find(({ machineId }) => machineId === target.machineId);
const inspected = async ({ target }: Guest): Promise<Machine> => {
  const machine = await a.inspect(target.machineId, call());
  if (machine === undefined) throw new Error('there is no such machine');
  return machine;
};

test('facts say what the host is, and what should not stay as it is', async () => {
  const [facts, remote] = await Promise.all([a.connect(call()), b.connect(call())]);
  expect(facts).toMatchObject({
    hostName: 'host-a',
    architecture: 'x86_64',
    versions: { libvirt: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown, QEMU: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown },
    networks: ['default'],
  });
  expect(facts.pools.map(({ name }) => name)).toEqual(['default']);
  expect(facts.hostId).not.toBe(remote.hostId);
  expect(facts.warnings.some((warning) => warning.includes('not encrypted'))).toBe(false);
  expect(remote.warnings.some((warning) => warning.includes('not encrypted'))).toBe(true);
  const emulated = [...facts.warnings].filter((warning) => warning.includes('guests are emulated'));
  expect(emulated).toHaveLength(facts.virtualization === 'Software' ? 1 : 0);
});

test(
  'replicas that connect at the same time agree on the boot id, and leave nothing but the secret',
  async () => {
    await lab.b.restartDaemon();
    const replicas = Array.from({ length: 4 }, () => openLibvirt({ uri: lab.b.uri }));
    const facts = await Promise.all(replicas.map((replica) => replica.connect(call())));
    expect(new Set(facts.map(({ bootId }) => bootId)).size).toBe(1);
    expect(await new Virsh(lab.b.uri).domains()).toEqual([]);
    await Promise.all(replicas.map((replica) => replica.close()));
    await b.connect(call());
  },
  TIME,
);

test(
  'a guest that gets through its firmware proves what runs it, and leaves nothing behind',
  async () => {
    const profile = parseDomainCapabilities(await virsh.run('domcapabilities', '--virttype', 'qemu'));
    const client = await LibvirtClient.connect(lab.a.uri);
    expect(await probeHardware(client, profile, ownTime(20_000))).toEqual({ kind: 'Hardware' });
    expect(await probeHardware(client, { ...profile, machineType: 'no-such-machine' }, ownTime(20_000))).toMatchObject({ kind: 'Broken' });
    client.close();
    expect((await virsh.domains()).filter(({ name }) => name.startsWith('hostler-probe'))).toEqual([]);
  },
  TIME,
);

test('what is built passes the schema of libvirt', async () => {
  const profile = parseDomainCapabilities(await virsh.run('domcapabilities', '--virttype', 'qemu'));
  const spec = {
    machineId: randomUUID(),
    name: 'schema',
    owner: { clusterId: 'c', namespace: 'n', name: 'm', uid: 'u', role: 'main' },
    vcpus: 2,
    memoryBytes: 64 * MiB,
  } as const;
  const disks = [
    { role: 'root', path: '/x/root', format: 'qcow2' },
    { role: 'config', path: '/x/config', format: 'raw' },
    { role: 'swap', path: '/x/swap', format: 'qcow2' },
  ] as const;
  const interfaces = [{ name: 'eth0.1', mac: '02:00:00:00:00:01', source: { bridge: 'br0' } }];
  const element = domainElement({ ...spec, disks: [], interfaces }, disks, profile);
  await virsh.define(buildXml('domain', element));
  await virsh.run('undefine', 'schema');
});

test(
  'at rest an observation is one call',
  async () => {
    const proxy = await RpcProxy.start(lab.a.socket);
    const driver = openLibvirt({ uri: proxy.uri });
    await makeGuest('at-rest');
    await driver.connect(call());
    await driver.observe(call());
    const before = proxy.calls().length;
    await driver.observe(call());
    await driver.observe(call());
    expect(proxy.calls().slice(before)).toEqual(['remote:344', 'remote:344']);
    await driver.close();
    await proxy.stop();
  },
  TIME,
);

test.each([['with spaces & "quotes" <tags>'], ['ünïcödé-☃'], ["it's; $(rm -rf) `x`"], ['n'.repeat(100)]])(
  'a machine named %j boots, and its console is logged under a name that is safe',
  async (name) => {
    const guest = await makeGuest(name);
    await boot(guest);
    expect(await inspected(guest)).toMatchObject({ name, power: 'Running', owner: { runId: 'r-1' } });
    await waitFor('the guest to boot', async () => (await serialOutput(lab.a, guest.target.machineId)).includes('BOOTED'));
    await a.powerOff(guest.target, call());
    await a.undefine(guest.target, call());
    expect(await observed(guest)).toBeUndefined();
  },
  TIME,
);

test.each(['a/b', '', 'line\nbreak'])('the name %j, which libvirt does not take, is InvalidSpec', async (name) => {
  await expect(makeGuest(name)).rejects.toMatchObject({ label: 'InvalidSpec' });
});

test(
  'a saved machine refuses shutdown and destroy, so neither is tried; discarding makes it Stopped',
  async () => {
    const guest = await makeGuest('saved');
    await boot(guest);
    await a.suspendToDisk(guest.target, call());
    await a.signalShutdown(guest.target, call());
    await a.powerOff(guest.target, call());
    expect(await observed(guest)).toMatchObject({ power: 'Suspended' });
    await virsh.run('managedsave-remove', 'saved');
    expect(await inspected(guest)).toMatchObject({ power: 'Stopped', powerReason: 'Saved' });
  },
  TIME,
);

test(
  'a machine saved to a file by hand is off, not Suspended',
  async () => {
    const guest = await makeGuest('saved-by-hand');
    await boot(guest);
    await virsh.run('save', 'saved-by-hand', '/var/lib/libvirt/images/by-hand.save');
    expect(await observed(guest)).toMatchObject({ power: 'Stopped', powerReason: 'Saved' });
  },
  TIME,
);

test(
  'QEMU killed is a crash, which a restart of the daemon forgets; the boot id tells that it did',
  async () => {
    const [crashed, survivor] = [await makeGuest('crashes'), await makeGuest('survives')];
    await boot(crashed);
    await boot(survivor);
    const { bootId } = await a.observe(call());
    await lab.a.exec(['sh', '-c', 'kill -KILL $(cat /run/libvirt/qemu/crashes.pid)']);
    await waitFor('the crash to be seen', async () => (await observed(crashed))?.power === 'Stopped');
    expect(await observed(crashed)).toMatchObject({ powerReason: 'Crashed' });
    await lab.a.restartDaemon();
    await a.connect(call());
    expect(await observed(crashed)).toMatchObject({ power: 'Stopped', powerReason: 'Unknown', owner: { runId: 'r-1' } });
    expect(await observed(survivor)).toMatchObject({ power: 'Running', owner: { runId: 'r-1' } });
    expect((await a.observe(call())).bootId).not.toBe(bootId);
    await a.powerOff(survivor.target, call());
  },
  TIME,
);

test(
  'after a power cut the machines are off for no known reason, under another boot id',
  async () => {
    const guest = await makeGuest('power-cut');
    await boot(guest);
    const { bootId } = await a.observe(call());
    await lab.a.powerOff();
    await expect(observed(guest)).rejects.toMatchObject({ label: 'HostUnreachable' });
    await lab.a.powerOn();
    const facts = await a.connect(call());
    expect(facts.bootId).not.toBe(bootId);
    expect(await observed(guest)).toMatchObject({ power: 'Stopped', powerReason: 'Unknown' });
  },
  TIME,
);

test(
  'a machine moved by hand reads Migrated where it was, and has our mark where it is',
  async () => {
    const guest = await makeGuest('moved', { disks: [] });
    await boot(guest);
    await virsh.run('migrate', 'moved', lab.b.tcpUri, '--live', '--p2p');
    expect(await observed(guest)).toMatchObject({ power: 'Stopped', powerReason: 'Migrated' });
    const found = await b.locate({ machineIds: [guest.target.machineId] }, call());
    expect(found).toEqual([
      expect.objectContaining({ power: 'Running', persistent: false, owner: { ...guest.spec.owner, runId: 'r-1', bootHash: 'h-1' } }),
    ]);
    await b.powerOff(guest.target, call());
  },
  TIME,
);

test(
  'a card is plugged over while the machine runs, in its definition too',
  async () => {
    await lab.a.exec(['ip', 'link', 'add', 'br1', 'type', 'bridge']);
    await lab.a.exec(['ip', 'link', 'set', 'br1', 'up']);
    const guest = await makeGuest('plugged');
    await boot(guest);
    const wanted: MachineSpec = { ...guest.spec, interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', source: { bridge: 'br1' } }] };
    const drifts = a.drift(wanted, await inspected(guest));
    expect(drifts).toEqual([{ field: 'interfaces[eth0].source', effect: 'Live', wanted: 'bridge br1', found: 'network default' }]);
    await a.updateLive(guest.target, wanted, drifts, call());
    expect(a.drift(wanted, await inspected(guest))).toEqual([]);
    expect(await virsh.run('domiflist', 'plugged')).toMatch(/bridge\s+br1/);
    expect(await virsh.run('domiflist', 'plugged', '--inactive')).toMatch(/bridge\s+br1/);
    await a.powerOff(guest.target, call());
  },
  TIME,
);

test(
  'a disk that somebody deleted on the host is not listed, is missed at the start, and can be made again',
  async () => {
    const guest = await makeGuest('lost-disk');
    const root = `${guest.target.uid}-root-1`;
    rmSync(lab.a.outside(`/var/lib/libvirt/images/${root}`));
    expect(await a.listDisks({ pools: ['default'], namePrefix: guest.target.uid }, call())).toEqual([]);
    await expect(boot(guest)).rejects.toMatchObject({ label: 'NotFound', reason: 'DiskNotFound' });
    await a.createDisk({ pool: 'default', name: root, sizeBytes: MiB, baseKey: BASE }, call());
    await boot(guest);
    await a.powerOff(guest.target, call());
  },
  TIME,
);

test(
  'a pool or network that somebody stopped is told as what it is',
  async () => {
    const guest = await makeGuest('no-network');
    await virsh.run('net-destroy', 'default');
    await expect(boot(guest)).rejects.toMatchObject({ label: 'Transient', reason: 'NetworkInactive' });
    await virsh.run('net-start', 'default');
    await virsh.run('pool-destroy', 'default');
    await expect(a.createDisk({ pool: 'default', name: 'x', sizeBytes: MiB }, call())).rejects.toMatchObject({
      label: 'Transient',
      reason: 'PoolInactive',
    });
    expect((await a.connect(call())).pools).toEqual([]);
    await virsh.run('pool-start', 'default');
  },
  TIME,
);

test(
  'an image based on a file of the host is refused, though its content ended well',
  async () => {
    await lab.a.exec([
      'qemu-img',
      'create',
      '-q',
      '-u',
      '-f',
      'qcow2',
      '-F',
      'raw',
      '-b',
      '/etc/passwd',
      '/var/lib/libvirt/evil.qcow2',
      '1M',
    ]);
    const evil = readFileSync(lab.a.outside('/var/lib/libvirt/evil.qcow2'));
    const verified = () => ({ sha256: 'x', sizeBytes: evil.length, virtualSizeBytes: MiB });
    const imported = a.importBase({ pool: 'default', key: 'evil', format: 'qcow2', verified }, inOne(evil), call());
    await expect(imported).rejects.toMatchObject({ label: 'InvalidSpec', reason: 'ImageHasBackingFile' });
    expect(await a.findBase('default', 'evil', call())).toBeUndefined();
    expect(await virsh.volumes()).not.toContain('evil');
  },
  TIME,
);

test(
  'a host is reached with TLS by the texts of certificates, and not without ours',
  async () => {
    const libvirtd = await startLibvirtd({ dir: join(dir, 'tls'), transport: 'Tls' });
    try {
      if (libvirtd.tls === undefined || libvirtd.port === undefined) throw new Error('no TLS');
      const { authority, client } = libvirtd.tls;
      const [ca, cert, key] = [authority.certFile, client.certFile, client.keyFile].map((file) => readFileSync(file, 'utf8'));
      if (ca === undefined || cert === undefined || key === undefined) throw new Error('no certificates');
      const uri = `qemu+tls://localhost:${libvirtd.port}/system`;
      const driver = openLibvirt({ uri, tls: { ca, cert, key } });
      expect(await driver.connect(call())).toMatchObject({ architecture: 'x86_64' });
      await driver.close();
      await expect(openLibvirt({ uri, tls: { ca } }).connect(call())).rejects.toMatchObject({ label: 'HostUnreachable' });
      await expect(openLibvirt({ uri }).connect(call())).rejects.toMatchObject({ label: 'HostUnreachable' });
    } finally {
      await libvirtd.stop();
    }
  },
  TIME,
);

test(
  'an import that fails leaves alone what another replica completed meanwhile',
  async () => {
    const other = openLibvirt({ uri: lab.a.uri });
    await other.connect(call());
    const verified = () => ({ sha256: 'x', sizeBytes: MiB, virtualSizeBytes: MiB });
    const spec = { pool: 'default', key: 'contested', format: 'raw', sizeBytes: MiB, verified } as const;
    const overtaken = {
      ...spec,
      verified: () => {
        throw new Error('the lease was lost');
      },
    };
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield image;
      // The holder after us begins anew; libvirt lets it, once our upload has ended.
      await lab.a.exec(['rm', '-f', '/var/lib/libvirt/images/contested']);
      await virsh.run('pool-refresh', 'default').catch(() => undefined);
      await other.importBase(spec, inOne(image), call());
    };
    await expect(a.importBase(overtaken, slow(), call())).rejects.toMatchObject({ label: 'Unknown' });
    expect(await a.findBase('default', 'contested', call())).toMatchObject({ key: 'contested', sizeBytes: MiB });
    await a.deleteBase('default', 'contested', call());
    await other.close();
  },
  TIME,
);
