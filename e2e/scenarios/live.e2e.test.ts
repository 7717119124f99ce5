/** Guests that are changed while they run, or not at all. A Linux guest that gets CPUs, memory and interfaces while it runs, gives them back, and is never restarted for it, also when the operator is killed meanwhile; and a machine that is taken over as it is. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition } from '../environment/kubectl.ts';
import { serialOutput } from '../environment/serial-output.ts';
import { makeLinuxImage } from '../guests/images.ts';
import type { Guest } from '../support/guest.ts';
import { inGuest } from '../support/in-guest.ts';
import { instance, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { Kills, LOOP_TIMEOUT_MS, type Operation } from '../support/kills.ts';
import { foreignDomain } from '../support/libvirt-harness.ts';
import { Scenario } from '../support/scenario.ts';

/** Room for a CPU more whenever another one is plugged in: none is taken out of a guest that runs. */
const MAXIMUM = { maxVcpus: 12, maxMemory: '320Mi' };

let scenario: Scenario;
let guest: Guest;
let kills: Kills;

beforeAll(async () => {
  scenario = await Scenario.open('live');
  kills = new Kills(scenario, await scenario.proxyHost('a'));
  // Machines that run this have two CPUs.
  await scenario.kubectl.patch('hypervisor', 'host-a', { spec: { overcommit: { cpu: String(MAXIMUM.maxVcpus) } } });
  const { fileName, format, sha256 } = await makeLinuxImage(scenario.imageDir);
  await scenario.kubectl.apply([
    scenario.imageFrom('linux', { format, http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } }),
    scenario.flavor('one', 1, '192Mi', '64Mi', MAXIMUM),
    scenario.flavor('two', 2, '288Mi', '64Mi', MAXIMUM),
    scenario.flavor('lean', 2, '160Mi', '64Mi', MAXIMUM),
    instance('web', { flavorName: 'one', imageName: 'linux', placement: { hypervisorName: 'host-a' }, shutdownTimeout: '60s' }),
  ]);
  guest = scenario.guestOf(await waitForReady(scenario.kubectl, 'web'));
  await scenario.eventually('the guest', async () => (await output()).includes('GUEST-LISTENS'));
});
afterAll(() => scenario.close());

const output = () => serialOutput(guest.host, guest.uuid);
const ask = (spec: Readonly<Record<string, unknown>>) => scenario.kubectl.patch('instance', 'web', { spec });
const status = async () => (await scenario.kubectl.get('instance', 'web'))?.status;

/** `2 CPUs, 294912 of 327680 KiB`, as virsh has it; a guest gives memory back in its own time. */
async function hasSize(wanted: string): Promise<void> {
  let size = '';
  const has = scenario.eventually(wanted, async () => {
    const info = await guest.virsh.run('dominfo', guest.uuid);
    const number = (name: string): string => new RegExp(`^${name}: +(\\d+)`, 'm').exec(info)?.[1] ?? '';
    size = `${number('CPU\\(s\\)')} CPUs, ${number('Used memory')} of ${number('Max memory')} KiB`;
    return size === wanted;
  });
  await has.catch((error: unknown) => {
    throw new Error(`it has ${size}`, { cause: error });
  });
}

/** KiB that Linux has, all in all. */
const memory = async (): Promise<number> => Number(/MemTotal: *(\d+)/.exec(await inGuest(guest, 'cat /proc/meminfo'))?.[1]);
const cpus = () => inGuest(guest, 'ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l');

test('it begins with what its flavor has, and room for more', async () => {
  await hasSize('1 CPUs, 196608 of 327680 KiB');
  expect([await cpus(), await memory()]).toEqual(['1', expect.any(Number)]);
  expect(await memory()).toBeLessThan(192 * 1024);
});

test('another flavor: a CPU is plugged in, and it gets memory back', async () => {
  await ask({ flavorName: 'two' });
  await waitForReady(scenario.kubectl, 'web', 'Running');
  await hasSize('2 CPUs, 294912 of 327680 KiB');
  expect(await cpus()).toBe('2');
  // Systems that have udev do so by themselves.
  expect(await inGuest(guest, 'echo 1 >/sys/devices/system/cpu/cpu1/online; nproc')).toBe('2');
  expect(await memory()).toBeGreaterThan(192 * 1024);
  expect(await status()).toMatchObject({ resolved: { flavorName: 'two', vcpus: 2 }, size: { vcpus: 2, ...MAXIMUM } });
  await scenario.eventually('what it has', async () => {
    const size = (await status())?.['size'] as { memory?: string } | undefined;
    return size?.memory === '288Mi';
  });
});

test('a leaner flavor: the guest gives memory back', async () => {
  await ask({ flavorName: 'lean' });
  await waitForReady(scenario.kubectl, 'web', 'Running');
  await hasSize('2 CPUs, 163840 of 327680 KiB');
  expect(await memory()).toBeLessThan(160 * 1024);
});

const eth0 = { name: 'eth0', networkName: 'lab' };
const eth1 = { name: 'eth1', networkName: 'lab' };
/** MACs of its interfaces, as it sees them. */
const seenMacs = async () => (await inGuest(guest, 'cat /sys/class/net/e*/address')).split('\n').toSorted();
const toldMacs = async (): Promise<readonly string[]> =>
  (((await status())?.['interfaces'] as readonly { macAddress: string }[] | undefined) ?? [])
    .map(({ macAddress }) => macAddress)
    .toSorted();
const hasMacs = async (...flags: readonly string[]) =>
  [...(await guest.virsh.run('domiflist', guest.uuid, ...flags)).matchAll(/(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g)]
    .map(([mac]) => mac)
    .toSorted();

test('one interface more is put in, and one less is taken out', async () => {
  const [first] = await seenMacs();
  await ask({ networks: [eth0, eth1] });
  await waitForReady(scenario.kubectl, 'web', 'Running');
  const two = await scenario.eventually('two interfaces', async () => {
    const macs = await seenMacs();
    return macs.length === 2 ? macs : undefined;
  });
  expect([two.includes(first ?? ''), await toldMacs(), await hasMacs(), await hasMacs('--inactive')]).toEqual([true, two, two, two]);
  await ask({ networks: [eth1] });
  await waitForReady(scenario.kubectl, 'web', 'Running');
  const one = two.filter((mac) => mac !== first);
  expect([await seenMacs(), await toldMacs(), await hasMacs(), await hasMacs('--inactive')]).toEqual([one, one, one, one]);
});

const isReady = async (name: string): Promise<boolean> => {
  const found = await scenario.kubectl.get('instance', name);
  const ready = condition(found, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === found?.metadata.generation;
};
/** `web`, running and as it is asked for. */
const webIsReady = (): Promise<boolean> => isReady('web');

test(
  'interfaces, put in and taken out: killed before every change',
  async () => {
    const before = await hasMacs();
    const hasAsMany = async (count: number): Promise<void> => {
      await waitForReady(scenario.kubectl, 'web', 'Running');
      await scenario.eventually(`${count} interfaces`, async () => (await seenMacs()).length === count);
      const macs = await seenMacs();
      expect([macs, await toldMacs(), await hasMacs(), await hasMacs('--inactive')]).toEqual([
        expect.arrayContaining([...before]),
        macs,
        macs,
        macs,
      ]);
    };
    const putIn: Operation = {
      changes: ['domainAttachDeviceFlags'],
      begin: () => ask({ networks: [eth1, eth0] }),
      isDone: webIsReady,
      after: () => hasAsMany(2),
    };
    const takeOut: Operation = {
      changes: ['domainDetachDeviceFlags'],
      begin: () => ask({ networks: [eth1] }),
      isDone: webIsReady,
      after: () => hasAsMany(1),
    };
    await kills.beforeEvery(putIn, takeOut);
  },
  LOOP_TIMEOUT_MS,
);

/** While it is as it is asked for. */
async function hasGrown(vcpus: number, kibibytes: number): Promise<void> {
  await waitForReady(scenario.kubectl, 'web', 'Running');
  await hasSize(`${vcpus} CPUs, ${kibibytes} of 327680 KiB`);
  expect(await cpus()).toBe(String(vcpus));
}
/** That the guest has by now. */
let vcpus = 2;
/** A Flavor of its own, and it is asked for. */
async function askFor(name: string, count: number, mebibytes: number): Promise<void> {
  await scenario.kubectl.apply([scenario.flavor(name, count, `${mebibytes}Mi`, '64Mi', MAXIMUM)]);
  await ask({ flavorName: name });
}

test(
  'a CPU more and memory, and memory given back: killed before every change',
  async () => {
    const give: Operation = {
      changes: ['domainSetMetadata', 'domainSetVcpusFlags', 'domainSetMemoryFlags'],
      begin: (at) => askFor(`more-${at}`, vcpus + 1, 288),
      isDone: webIsReady,
      after: async () => {
        vcpus += 1;
        await hasGrown(vcpus, 294912);
      },
    };
    const take: Operation = {
      changes: ['domainSetMemoryFlags'],
      begin: (at) => askFor(`less-${at}`, vcpus, 160),
      isDone: webIsReady,
      after: () => hasGrown(vcpus, 163840),
    };
    await kills.beforeEvery(give, take);
  },
  LOOP_TIMEOUT_MS,
);

test('fewer CPUs wait for the next start; its definition has what it runs with until then', async () => {
  await ask({ flavorName: 'one' });
  await waitForReady(scenario.kubectl, 'web', 'RestartRequired');
  await hasSize(`${vcpus} CPUs, 163840 of 327680 KiB`);
  const next = await guest.virsh.run('dumpxml', '--inactive', guest.uuid);
  expect(next).toMatch(new RegExp(`<currentMemory unit='KiB'>163840<[^]*<vcpu placement='static' current='${vcpus}'>12<`));
  expect((await output()).split('GUEST-READY')).toHaveLength(2);
});

test(
  'a machine that somebody made by hand is taken over as it runs, stopped, started and let go of',
  async () => {
    const { kubectl } = scenario;
    const { virsh } = guest;
    const id = randomUUID();
    const hypervisorName = String((await status())?.['hypervisorName']);
    const offer = (adoptable: unknown) => kubectl.patch('hypervisor', hypervisorName, { spec: { adoptable } });
    const old = async () => (await kubectl.get('instance', 'old'))?.status;
    const definition = async () => (await virsh.run('dumpxml', '--inactive', id)).replace(/ *<metadata>[^]*<\/metadata>\n/, '');
    await virsh.define(foreignDomain('by-hand', id));
    try {
      await virsh.run('start', id);
      const [run, before] = [await virsh.run('domid', id), await definition()];
      await kubectl.apply([instance('old', { adopt: { machineId: id } })]);
      await waitForCondition(kubectl, 'old', { reason: 'AdoptionNotAllowed', message: /spec\.adoptable/ });
      await offer([{ machineId: id, namespace: kubectl.namespace }]);
      await waitForReady(kubectl, 'old', 'Running');
      expect([await virsh.run('domid', id), await definition()]).toEqual([run, before]);
      expect(await old()).toMatchObject({ machineId: id, hypervisorName, origin: 'Adopted', resolved: { vcpus: 1, memory: '16Mi' } });
      const differing = ((await old())?.['differences'] ?? []) as readonly { field: string }[];
      expect(differing.map(({ field }) => field)).toContain('interfaces[eth0]');

      await kubectl.patch('instance', 'old', { spec: { powerState: 'Stopped' } });
      await waitForReady(kubectl, 'old', 'Stopped');
      await kubectl.patch('instance', 'old', { spec: { powerState: 'Running' } });
      await waitForReady(kubectl, 'old', 'Running');
      expect([await virsh.state(id), await definition()]).toEqual([expect.stringMatching(/^running/), before]);

      await kubectl.delete('instance', 'old');
      await waitForGone(kubectl, 'old');
      expect([await virsh.state(id), await definition()]).toEqual([expect.stringMatching(/^running/), before]);

      // And all of it again, with the operator killed before every change.
      const [again, machines] = [await virsh.run('domid', id), (await virsh.domains()).length];
      const takeOver: Operation = {
        changes: ['domainSetMetadata'],
        begin: (at) => kubectl.apply([instance(`old-${at}`, { adopt: { machineId: id } })]),
        isDone: (at) => isReady(`old-${at}`),
        after: async (at) => expect((await waitForReady(kubectl, `old-${at}`, 'Running')).status).toMatchObject({ machineId: id }),
      };
      const letGo: Operation = {
        changes: ['domainSetMetadata'],
        begin: (at) => kubectl.delete('instance', `old-${at}`),
        isDone: async (at) => (await kubectl.get('instance', `old-${at}`)) === undefined,
        after: async (at) => {
          await waitForGone(kubectl, `old-${at}`);
          expect([await virsh.run('domid', id), await definition(), (await virsh.domains()).length]).toEqual([again, before, machines]);
        },
      };
      await kills.beforeEvery(takeOver, letGo);
    } finally {
      await offer(null);
      if ((await virsh.state(id))?.startsWith('running') === true) await virsh.run('destroy', id);
      await virsh.run('undefine', id);
    }
  },
  LOOP_TIMEOUT_MS,
);
