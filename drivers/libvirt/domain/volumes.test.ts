import { expect, test } from '@jest/globals';
import { attribute, buildXml, child, children, parseXml, type XmlElement } from '../xml.ts';
import { readRbd } from '../storage/rbd.ts';
import { withScsi } from './buses.ts';
import { diskTarget, indexOfTarget } from './names.ts';
import { viewDomain } from './view.ts';
import { freeTarget, volumeElement, volumeIn, withVolumes, type PlacedVolume } from './volumes.ts';

const disk = (dev: string, alias: string, cache = 'none'): XmlElement => ({
  '@type': 'file',
  driver: { '@cache': cache },
  source: { '@file': `/pool/${alias}` },
  target: { '@dev': dev },
  alias: { '@name': `ua-disk-${alias}` },
});
const built: XmlElement = { name: 'm', uuid: 'u', devices: { disk: [disk('vda', 'root'), disk('vdb', 'config')] } };
const volume = (id: string, over: Partial<PlacedVolume> = {}): PlacedVolume => ({
  id,
  serial: `s-${id}`,
  readOnly: false,
  path: `/pool/volume-${id}`,
  ...over,
});
const UNIT = { kind: 'Volume', pool: 'san', volume: 'unit:0:0:1' } as const;
const CEPH = parseXml(
  'pool',
  `<pool type='rbd'><name>ceph</name><source><host name='mon-1' port='6789'/><host name='mon-2'/><name>vms</name>
  <auth type='ceph' username='hostler'><secret uuid='0f1e2d3c-0000-4000-8000-000000000001'/></auth></source></pool>`,
);
const parsed = (element: XmlElement): XmlElement => parseXml('domain', buildXml('domain', element));
const targets = (domain: XmlElement): readonly (string | undefined)[] =>
  children(child(domain, 'devices'), 'disk').map((one) => attribute(child(one, 'target'), 'dev'));

test('without volumes a definition is what it was', () => {
  expect(withVolumes(built, [], undefined)).toBe(built);
});

test('volumes stand behind the disks of the machine, and keep their places as others come and go', () => {
  const two = parsed(withVolumes(built, [volume('a'), volume('b')], undefined));
  expect(targets(two)).toEqual(['vda', 'vdb', 'vdi', 'vdj']);
  const one = parsed(withVolumes(built, [volume('b')], two));
  expect(targets(one)).toEqual(['vda', 'vdb', 'vdj']);
  // What was freed meanwhile is not taken while the definition before still names it: its slot on the bus would go with it.
  expect(targets(parsed(withVolumes(built, [volume('b'), volume('c')], two)))).toEqual(['vda', 'vdb', 'vdj', 'vdk']);
});

test('a disk of its own that came to stand in a volume’s place is left there', () => {
  const before = parsed(withVolumes(built, [volume('a')], undefined));
  const grown: XmlElement = { ...built, devices: { disk: [disk('vda', 'root'), disk('vdi', 'ephemeral')] } };
  expect(targets(parsed(withVolumes(grown, [volume('a')], before)))).toEqual(['vda', 'vdi', 'vdj']);
});

test('the first free place is one that neither the definition nor what runs has', () => {
  expect(freeTarget(undefined, [disk('vdi', 'x')], [disk('vdk', 'y')])).toBe('vdj');
});

test.each<[string, Partial<PlacedVolume>, Partial<Record<'type' | 'readonly' | 'shareable' | 'discard' | 'encryption', unknown>>]>([
  ['one of a guest’s own', {}, { type: 'qcow2', discard: 'unmap' }],
  ['one to read', { readOnly: true }, { type: 'qcow2', readonly: {} }],
  ['one that others read, too', { readOnly: true, shared: 'Read' }, { type: 'qcow2', readonly: {} }],
  ['an encrypted one', { secretId: 'secret-1' }, { type: 'raw', discard: 'unmap', encryption: 'secret-1' }],
  ['one that is named by its pool', { path: 'san/unit:0:0:1', named: UNIT }, { type: 'raw', discard: 'unmap' }],
  ['one that others write to, too', { shared: 'Write' }, { type: 'raw', shareable: {}, discard: 'unmap' }],
])('%s', (_, over, expected) => {
  const element = volumeElement(volume('a', over), { target: 'vdi', cache: 'none' });
  const driver = child(element, 'driver');
  const found = {
    type: attribute(driver, 'type'),
    discard: attribute(driver, 'discard'),
    readonly: element['readonly'],
    shareable: element['shareable'],
    encryption: attribute(child(element, 'encryption', 'secret'), 'uuid'),
  };
  expect(JSON.parse(JSON.stringify(found))).toEqual(expected);
});

test('it is cached as the machine’s first disk is: whether the host’s cache can be bypassed was found out with that', () => {
  const slow: XmlElement = { ...built, devices: { disk: [disk('vda', 'root', 'writethrough')] } };
  expect(attribute(child(volumeIn(withVolumes(slow, [volume('a')], undefined), 'a'), 'driver'), 'cache')).toBe('writethrough');
});

test('one that is named by its pool leaves it to libvirt how it is reached', () => {
  const domain = parsed(withVolumes(built, [volume('a', { path: 'san/unit:0:0:1', named: UNIT })], undefined));
  const element = volumeIn(domain, 'a');
  expect([attribute(element, 'type'), child(element, 'source')]).toEqual(['volume', { '@pool': 'san', '@volume': 'unit:0:0:1' }]);
  expect(viewDomain(buildXml('domain', domain)).volumes).toEqual([{ id: 'a', path: 'san/unit:0:0:1' }]);
});

test('one of Ceph says how it is reached, as its pool does, and only names the secret', () => {
  const named = { kind: 'Rbd', pool: readRbd(CEPH), image: 'payroll' } as const;
  const domain = parsed(withVolumes(built, [volume('a', { path: 'rbd:vms/payroll', named })], undefined));
  const element = volumeIn(domain, 'a');
  const source = child(element, 'source');
  expect([attribute(element, 'type'), attribute(source, 'protocol'), attribute(source, 'name')]).toEqual(['network', 'rbd', 'vms/payroll']);
  expect(children(source, 'host')).toEqual([{ '@name': 'mon-1', '@port': '6789' }, { '@name': 'mon-2' }]);
  expect(child(source, 'auth')).toMatchObject({ '@username': 'hostler' });
  expect(child(source, 'auth', 'secret')).toEqual({ '@type': 'ceph', '@uuid': '0f1e2d3c-0000-4000-8000-000000000001' });
  expect(viewDomain(buildXml('domain', domain)).volumes).toEqual([{ id: 'a', path: 'rbd:vms/payroll' }]);
});

test('of a Ceph that lets everybody in, nobody is named', () => {
  const open = parseXml('pool', `<pool type='rbd'><source><host name='mon-1'/><name>vms</name></source></pool>`);
  const named = { kind: 'Rbd', pool: readRbd(open), image: 'payroll' } as const;
  const element = volumeElement(volume('a', { path: 'rbd:vms/payroll', named }), { target: 'vdi', cache: 'none' });
  expect(child(element, 'source')).toEqual({ '@protocol': 'rbd', '@name': 'vms/payroll', host: [{ '@name': 'mon-1' }] });
});

test('the view tells volumes apart from the disks of the machine', () => {
  const view = viewDomain(buildXml('domain', withVolumes(built, [volume('a')], undefined)));
  expect(view.disks.map(({ role }) => role)).toEqual(['root', 'config']);
  expect(view.volumes).toEqual([{ id: 'a', path: '/pool/volume-a' }]);
});

test('volumes on other buses have places of their own, and SCSI a controller that guests know', () => {
  const others = [volume('a', { bus: 'scsi' }), volume('b', { bus: 'sata' }), volume('c'), volume('d', { bus: 'scsi' })];
  const element = parsed(withScsi(withVolumes(built, others, undefined)));
  const disks = children(child(element, 'devices'), 'disk').map((one) => {
    const target = child(one, 'target');
    const words = [attribute(target, 'bus') ?? 'own', attribute(target, 'dev'), attribute(child(one, 'address'), 'target')];
    return words.filter((word) => word !== undefined).join(' ');
  });
  expect(disks).toEqual(['own vda', 'own vdb', 'scsi sdc 2', 'sata sdd', 'virtio vdi', 'scsi sde 4']);
  expect(children(child(element, 'devices'), 'controller')).toEqual([{ '@type': 'scsi', '@index': '0', '@model': 'virtio-scsi' }]);
  expect(withScsi(element)).toBe(element);
});

test('a machine with none of them gets no controller', () => {
  const element = withVolumes(built, [volume('a'), volume('b', { bus: 'sata' })], undefined);
  expect(withScsi(element)).toBe(element);
});

test('the number of a target is told by its letters', () => {
  expect(Array.from({ length: 60 }, (_, index) => indexOfTarget(diskTarget('sd', index)))).toEqual(
    Array.from({ length: 60 }, (_, index) => index),
  );
});
