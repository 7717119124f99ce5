/** Firmware, devices, CPUs, memory, disks and interfaces beyond the usual, as the host defines them and as a small Linux inside sees them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serialLogFile, serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { action, instance, uidOf, waitForGone, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('hardware');
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', await linuxSource('Shim')),
    scenario.flavor('pc', 4, '256Mi', '64Mi'),
    // Secure boot takes more memory than a small Linux.
    scenario.flavor('secure', 1, '512Mi', '64Mi'),
    linux('pc', {
      devices: { watchdog: {}, serialPorts: 3, video: { model: 'VGA' }, rng: { bytesPerSecond: '1Mi' } },
      cpu: { topology: { sockets: 2, cores: 2, threads: 1 }, pinning: [{ vcpu: 1, hostCpus: '0' }], emulatorThreads: { hostCpus: '0' } },
      memory: {
        numaCells: [
          { cpus: '0-1', memory: '160Mi' },
          { cpus: '2-3', memory: '96Mi' },
        ],
      },
      storage: { serials: 'ByName', cache: 'WriteBack', limits: { iops: 5000 } },
      ephemeralDisks: [{ name: 'data', size: '4Mi' }],
      swap: '2Mi',
      networks: [{ name: 'eth0', networkName: 'lab', mtu: 1400 }],
    }),
  ]);
});
afterAll(() => scenario.close());

async function linuxSource(starter: 'Shim' | 'Grub'): Promise<Readonly<Record<string, unknown>>> {
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir, starter);
  return { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } };
}

const linux = (name: string, spec: Readonly<Record<string, unknown>>): object =>
  instance(name, { flavorName: 'pc', imageName: 'linux', shutdownTimeout: '60s', networks: [], ...spec });

const runningGuest = async (name: string): Promise<Guest> => scenario.guestOf(await waitForReady(scenario.kubectl, name, 'Running'));

/** What the guest said of its hardware in its nth boot, by word. A boot loader may have begun the line with colours. */
async function hardware(guest: Guest, boot = 1): Promise<Readonly<Record<string, string>>> {
  const line = await scenario.eventually(`boot ${boot} of ${guest.uuid}`, async () => {
    const found = [...(await serialOutput(guest.host, guest.uuid)).matchAll(/HARDWARE (.*)$/gm)];
    return found[boot - 1]?.[1];
  });
  return Object.fromEntries(
    line
      .trim()
      .split(' ')
      .map((word) => word.split('=', 2) as [string, string]),
  );
}

async function edit(name: string, spec: Readonly<Record<string, unknown>>): Promise<void> {
  await scenario.kubectl.patch('instance', name, { spec });
}

async function restart(name: string): Promise<void> {
  await edit(name, { powerState: 'Stopped' });
  await waitForReady(scenario.kubectl, name, 'Stopped');
  await edit(name, { powerState: 'Running' });
  await waitForReady(scenario.kubectl, name, 'Running');
}

/** Whatever the host keeps of this machine's firmware variables and TPM. */
function keptOf({ host, uuid }: Guest, name: string): readonly string[] {
  const list = (folder: string) => (existsSync(host.outside(folder)) ? readdirSync(host.outside(folder)) : []);
  const variables = list('/var/lib/libvirt/qemu/nvram').filter((file) => file.includes(name));
  return [
    ...variables.map(() => 'variables'),
    ...list('/var/lib/libvirt/swtpm')
      .filter((file) => file === uuid)
      .map(() => 'TPM'),
  ];
}

test('hosts say what they can give', async () => {
  const stored = await scenario.kubectl.get('hypervisor', 'host-a');
  expect(stored?.status?.['facts']).toMatchObject({ features: ['UEFI', 'SecureBoot', 'TPM', 'RandomNumbers', 'Watchdog'] });
});

test('the devices asked for are in the definition, and the guest finds them', async () => {
  const guest = await runningGuest('pc');
  expect(await hardware(guest)).toMatchObject({
    firmware: 'BIOS',
    rng: 'virtio_rng.0',
    tpm: 'none',
    'serial-ports': '3',
    video: '0x1234:0x1111',
    watchdog: 'i6300esb',
  });
  const xml = await guest.virsh.xml(guest.uuid);
  expect(xml).toContain("<watchdog model='i6300esb' action='reset'>");
  expect(xml).toContain("<rate bytes='1048576' period='1000'/>");
  const console = await serialLogFile(guest.host, guest.uuid);
  for (const port of [2, 3]) {
    await scenario.eventually(`port ${port}`, () => readFileSync(`${console}-${port}`, 'latin1').includes(`SERIAL-PORT ${port}`));
  }
});

test('CPUs, memory, disks and interfaces are as asked for, on the host and inside', async () => {
  const guest = await runningGuest('pc');
  expect(await hardware(guest)).toMatchObject({ socket: '0-1', nodes: '0-1', disks: 'root,ephemeral-data,swap,', mtu: '1400' });
  const { virsh, uuid } = guest;
  expect(await virsh.run('vcpupin', uuid)).toMatch(/^\s*1\s+0$/m);
  expect(await virsh.run('emulatorpin', uuid)).toMatch(/(^|\s)0$/m);
  expect(await virsh.run('blkdeviotune', uuid, 'vda')).toMatch(/^\s*total_iops_sec\s*:\s*5000$/m);
  expect(await virsh.xml(uuid)).toMatch(/<driver [^>]*cache='writeback'/);
});

interface Observed {
  readonly diagnostics: {
    readonly memory: { readonly maximumBytes: number };
    readonly disks: readonly { readonly name: string; readonly readBytes?: number }[];
    readonly raw: Readonly<Record<string, string>>;
  };
  readonly consoleLog: { readonly text: string; readonly truncated?: boolean };
  readonly screenshot: { readonly base64: string; readonly width: number; readonly height: number };
}

/** What an action that only looks has seen. */
async function look<What extends keyof Observed>(
  name: string,
  what: What,
  spec: Readonly<Record<string, unknown>>,
): Promise<Observed[What]> {
  await scenario.kubectl.apply([action(name, { instanceName: 'pc', ...spec })]);
  await scenario.kubectl.run(['wait', `instanceaction/${name}`, '--for=condition=Ready', '--timeout=30s']);
  return (await scenario.kubectl.get('instanceaction', name))?.status?.[what] as Observed[What];
}

test('what it counts, prints and shows can be seen, though it is locked, and nothing stays on the host for it', async () => {
  const guest = await runningGuest('pc');
  // Without what moves the cursor, as the action tells it.
  const printed = async () => stripVTControlCharacters((await serialOutput(guest.host, guest.uuid)).replaceAll('\r', ''));
  await edit('pc', { lock: { reason: 'audit' } });
  try {
    const { memory, disks, raw } = await look('counters', 'diagnostics', { action: 'Diagnostics' });
    expect(memory.maximumBytes).toBe(256 * 2 ** 20);
    expect(disks.map(({ name }) => name).sort()).toEqual(['config', 'ephemeral-data', 'root', 'swap']);
    expect(disks.find(({ name }) => name === 'root')?.readBytes).toBeGreaterThan(100_000);
    expect(raw['vcpu.current']).toBe('4');
    const { text, truncated } = await look('console', 'consoleLog', { action: 'ConsoleLog', consoleLog: { lines: 5 } });
    expect([text.trimEnd().split('\n').length, truncated, (await printed()).includes(text)]).toEqual([5, true, true]);
    const { base64, width, height } = await look('screen', 'screenshot', { action: 'Screenshot' });
    const png = Buffer.from(base64, 'base64');
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
    // The text of the BIOS or of the kernel: a black screen of this size would have some hundred bytes.
    expect([width >= 640, height >= 400, png.length > 1_000]).toEqual([true, true, true]);
    expect(await guest.virsh.run('pool-list', '--all', '--name')).not.toContain('hostler');
  } finally {
    await edit('pc', { lock: null });
  }
});

test('a guest that stops feeding its watchdog is restarted, in the same run', async () => {
  const { kubectl } = scenario;
  const guest = await runningGuest('pc');
  const { status } = await waitForReady(kubectl, 'pc');
  const starve = { execute: 'guest-exec', arguments: { path: '/sbin/starve-watchdog' } };
  await scenario.eventually('the agent', () =>
    guest.virsh.run('qemu-agent-command', guest.uuid, JSON.stringify(starve)).then(
      () => true,
      () => false,
    ),
  );
  await hardware(guest, 2);
  const after = await waitForReady(kubectl, 'pc', 'Running');
  expect(after.status?.['run']).toEqual(status?.['run']);
});

test('a change waits for the next start, which takes it', async () => {
  const { kubectl } = scenario;
  const guest = await runningGuest('pc');
  await edit('pc', { devices: { tpm: {}, watchdog: null, serialPorts: null, video: null } });
  await waitForReady(kubectl, 'pc', 'RestartRequired');
  expect(await guest.virsh.xml(guest.uuid)).toContain('<watchdog');
  await restart('pc');
  expect(await hardware(guest, 3)).toMatchObject({ tpm: '2', 'serial-ports': '1', video: 'none', watchdog: 'none' });
  await kubectl.delete('instance', 'pc');
});

test('secure boot starts what is signed, and is switched on with variables of its own', async () => {
  const { kubectl } = scenario;
  const uefi = { flavorName: 'secure', firmware: { type: 'UEFI' }, devices: { tpm: { model: 'TIS' } } };
  await kubectl.apply([linux('vault', uefi)]);
  const guest = await runningGuest('vault');
  expect(await hardware(guest)).toMatchObject({ firmware: 'UEFI', 'secure-boot': '0', tpm: '2' });
  await edit('vault', { firmware: { secureBoot: true } });
  await waitForReady(kubectl, 'vault', 'RestartRequired');
  await restart('vault');
  expect(await hardware(guest, 2)).toMatchObject({ firmware: 'UEFI', 'secure-boot': '1', tpm: '2' });
});

test('what the firmware does not trust is refused with secure boot, and started once that is switched off', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([
    scenario.imageFrom('untrusted', await linuxSource('Grub')),
    linux('untrusted', { flavorName: 'secure', imageName: 'untrusted', firmware: { type: 'UEFI', secureBoot: true } }),
  ]);
  const guest = await runningGuest('untrusted');
  await scenario.eventually('the refusal', async () => (await serialOutput(guest.host, guest.uuid)).includes('Access Denied'));
  await edit('untrusted', { firmware: { secureBoot: null }, shutdownTimeout: '0s' });
  await waitForReady(kubectl, 'untrusted', 'RestartRequired');
  await restart('untrusted');
  expect(await hardware(guest)).toMatchObject({ firmware: 'UEFI', 'secure-boot': '0' });
  await kubectl.delete('instance', 'untrusted');
});

test('what the firmware and the TPM hold is kept while the machine is off, and goes with it', async () => {
  const { kubectl } = scenario;
  const stored = await waitForReady(kubectl, 'vault', 'Running');
  const guest = scenario.guestOf(stored);
  await edit('vault', { powerState: 'Stopped' });
  await waitForReady(kubectl, 'vault', 'Stopped');
  const name = (await guest.virsh.run('domname', guest.uuid)).trim();
  expect(keptOf(guest, name)).toEqual(['variables', 'TPM']);
  await kubectl.delete('instance', 'vault');
  await waitForGone(kubectl, 'vault');
  expect([uidOf(stored), ...keptOf(guest, name)]).toEqual([guest.uuid]);
});

test('UEFI and a TPM cannot be taken away', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([linux('kept', { powerState: 'Stopped', firmware: { type: 'UEFI' }, devices: { tpm: {} } })]);
  await waitForReady(kubectl, 'kept', 'Stopped');
  await expect(edit('kept', { firmware: null })).rejects.toThrow(/UEFI cannot be taken away/);
  await expect(edit('kept', { devices: null })).rejects.toThrow(/tpm cannot be taken away/);
});
