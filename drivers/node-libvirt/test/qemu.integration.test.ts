/** What only a real hypervisor shows: a QEMU guest, with its CPUs stopped, and what hangs on it. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type Domain,
  DomainAffect,
  DomainDeviceModify,
  DomainEventSuspendedDetail,
  DomainEventType,
  DomainInterfaceAddressesSource,
  DomainJobType,
  DomainMemory,
  DomainPausedReason,
  DomainStart,
  DomainState,
  DomainStats,
  DomainVcpu,
  DomainXml,
  LibvirtClient,
  SecretUsageType,
} from '../src/index.ts';
import { anyLibvirtd, type Libvirtd } from './libvirtd.ts';
import { recorder } from './recorder.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

const UUID = '0c8a5b9e-4f3d-4c6e-9d55-000000000003';
const SECRET = '0c8a5b9e-4f3d-4c6e-9d55-000000000004';
const XML = `<domain type='qemu'><name>node-libvirt-qemu</name><uuid>${UUID}</uuid>
  <memory unit='MiB'>32</memory><vcpu current='1'>2</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices><controller type='usb' model='none'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices></domain>`;

let libvirtd: Libvirtd;
let client: LibvirtClient;
let guest: Domain;

beforeAll(async () => {
  libvirtd = await anyLibvirtd();
  client = await LibvirtClient.connect(libvirtd.qemuUri);
  guest = await client.domains.define(XML);
});
afterAll(async () => {
  await client.domains.destroy(guest).catch(() => undefined);
  await client.domains.undefine(guest);
  client.close();
  await libvirtd.stop();
});

describe('a guest', () => {
  test('starts paused, with its events', async () => {
    const events = recorder<readonly [event: number, detail: number]>();
    const subscription = await client.events.onDomain('lifecycle', ({ event, detail }) => events.record([event, detail]), { of: guest });
    await client.domains.start(guest, { flags: DomainStart.PAUSED });
    await expect(events.next(2)).resolves.toEqual([
      [DomainEventType.STARTED, 0],
      [DomainEventType.SUSPENDED, DomainEventSuspendedDetail.PAUSED],
    ]);
    await subscription.close();
    await expect(client.domains.state(guest)).resolves.toEqual({ state: DomainState.PAUSED, reason: DomainPausedReason.USER });
  });

  test('has statistics of all types', async () => {
    const [stats] = await client.domains.stats({ domains: [guest], stats: DomainStats.STATE | DomainStats.VCPU | DomainStats.BALLOON });
    expect(stats?.params).toMatchObject({
      'state.state': DomainState.PAUSED,
      'vcpu.current': 1,
      'vcpu.maximum': 2,
      'balloon.maximum': 32_768,
    });
  });

  test('has no job, and none to abort', async () => {
    await expect(client.domains.jobInfo(guest)).resolves.toMatchObject({ type: DomainJobType.NONE, totalBytes: 0 });
    await expect(client.domains.jobStats(guest)).resolves.toMatchObject({ type: DomainJobType.NONE });
    await expect(client.domains.abortJob(guest)).rejects.toMatchObject({ codeName: 'OPERATION_INVALID' });
  });

  test('answers on its monitor; its agent cannot, while it is paused', async () => {
    const answer = JSON.parse(await client.qemu.monitorCommand(guest, '{"execute":"query-status"}')) as unknown;
    expect(answer).toMatchObject({ return: { running: false } });
    await expect(client.qemu.monitorCommand(guest, 'info status', { flags: 1 })).resolves.toContain('paused');
    await expect(client.qemu.agentCommand(guest, '{"execute":"guest-ping"}')).rejects.toMatchObject({
      procedure: 'domain_agent_command',
      codeName: 'OPERATION_INVALID',
    });
  });

  test('takes metadata, live and for ever', async () => {
    const change = { type: 2, uri: 'https://example.dev/m', prefix: 'm', value: '<mark/>' };
    const events = recorder<string | undefined>();
    await client.events.onDomain('metadataChange', ({ uri }) => events.record(uri), { of: guest });
    await client.domains.setMetadata(guest, change, { flags: DomainAffect.LIVE | DomainAffect.CONFIG });
    await expect(events.next(1)).resolves.toContain('https://example.dev/m');
    await expect(client.domains.metadata(guest, { type: 2, uri: change.uri, flags: DomainAffect.CONFIG })).resolves.toContain('<mark');
  });

  test('gets a disk while it runs, and another in its definition', async () => {
    const image = path.join(libvirtd.dir, 'disk.img');
    await writeFile(image, Buffer.alloc(1024 * 1024));
    const disk = (target: string): string =>
      `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='${target}' bus='virtio'/><shareable/></disk>`;
    const added = recorder<string>();
    await client.events.onDomain('deviceAdded', ({ deviceAlias }) => added.record(deviceAlias), { of: guest });
    await client.domains.attachDevice(guest, disk('vda'), { flags: DomainDeviceModify.LIVE });
    await expect(added.next(1)).resolves.toEqual(['virtio-disk0']);
    await expect(client.domains.xml(guest)).resolves.toContain("dev='vda'");
    await client.domains.attachDevice(guest, disk('vdb'), { flags: DomainDeviceModify.CONFIG });
    await expect(client.domains.xml(guest, { flags: DomainXml.INACTIVE })).resolves.toContain("dev='vdb'");
    await client.domains.detachDevice(guest, disk('vdb'), { flags: DomainDeviceModify.CONFIG });
    await expect(client.domains.xml(guest, { flags: DomainXml.INACTIVE })).resolves.not.toContain("dev='vdb'");
  });

  test('gets another size at its next start', async () => {
    await client.domains.setMemory(guest, 16_384, { flags: DomainMemory.CONFIG });
    await client.domains.setVcpus(guest, 2, { flags: DomainVcpu.CONFIG });
    const xml = await client.domains.xml(guest, { flags: DomainXml.INACTIVE });
    expect(xml).toContain("<currentMemory unit='KiB'>16384</currentMemory>");
    expect(xml).toContain("<vcpu placement='static'>2</vcpu>");
  });

  test('has no addresses', async () => {
    await expect(client.domains.interfaceAddresses(guest, DomainInterfaceAddressesSource.LEASE)).resolves.toEqual([]);
  });
});

test('what the host can give guests', async () => {
  await expect(client.host.domainCapabilities({ virtType: 'qemu', architecture: 'x86_64', machine: 'q35' })).resolves.toContain(
    '<domainCapabilities>',
  );
});

test('a secret', async () => {
  const events = recorder<string>();
  await client.events.onSecret('lifecycle', ({ secret, event }) => events.record(`${secret.uuid} ${event}`));
  await client.events.onSecret('valueChanged', ({ secret }) => events.record(`${secret.uuid} value`));
  const secret = await client.secrets.define(
    `<secret private='yes'><uuid>${SECRET}</uuid><usage type='volume'><volume>/v</volume></usage></secret>`,
  );
  try {
    expect(secret).toEqual({ uuid: SECRET, usageType: SecretUsageType.VOLUME, usageId: '/v' });
    await client.secrets.setValue(secret, Buffer.from('hush'));
    await expect(client.secrets.list()).resolves.toContainEqual(secret);
    await expect(client.secrets.lookupByUuid(SECRET)).resolves.toEqual(secret);
    await expect(client.secrets.xml({ uuid: SECRET })).resolves.toContain("private='yes'");
  } finally {
    await client.secrets.undefine(secret);
  }
  await expect(client.secrets.lookupByUuid(SECRET)).resolves.toBeUndefined();
  await expect(events.next(3)).resolves.toEqual([`${SECRET} 0`, `${SECRET} value`, `${SECRET} 1`]);
});

test('packet filters', async () => {
  await expect(client.nwfilters.list()).resolves.toEqual(expect.any(Array));
});
