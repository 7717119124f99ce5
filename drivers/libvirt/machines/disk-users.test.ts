import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mirrorOfDisk, pathOfDisk } from '../domain/view.ts';
import { diskElements } from '../domain/volumes.ts';
import { pathsOf, type Pool } from '../storage/pools.ts';
import { Turns } from '../time.ts';
import { buildXml, parseXml, type XmlElement } from '../xml.ts';
import { lookFor } from './disk-users.ts';

const domain = (...disks: readonly XmlElement[]): string => buildXml('domain', { name: 'web', devices: { disk: disks } });
const onDevice = (path: string): string => domain({ '@type': 'block', source: { '@dev': path } });

test.each<[string, string, XmlElement]>([
  ['a file', '/pool/volume-1', { '@type': 'file', source: { '@file': '/pool/volume-1' } }],
  ['of a pool', 'san/unit:0:0:1', { '@type': 'volume', source: { '@pool': 'san', '@volume': 'unit:0:0:1' } }],
  ['a unit', 'iscsi:iqn.2026-11.dev.hostler:a/1', { source: { '@protocol': 'iscsi', '@name': 'iqn.2026-11.dev.hostler:a/1' } }],
  ['of Ceph', 'rbd:fast/payroll', { '@type': 'network', source: { '@protocol': 'rbd', '@name': 'fast/payroll' } }],
  ['of Ceph, in no pool', 'rbd:payroll', { '@type': 'network', source: { '@protocol': 'rbd', '@name': 'payroll' } }],
  ['a device', '/dev/vg/payroll', { '@type': 'block', source: { '@dev': '/dev/vg/payroll' } }],
  [
    'what it is copied to',
    '/pool/new',
    { source: { '@file': '/pool/old' }, mirror: { '@type': 'file', source: { '@file': '/pool/new' } } },
  ],
  ['with signs of XML in its name', `/pool/<a> & "b's"`, { source: { '@file': `/pool/<a> & "b's"` } }],
  ['with an accent', '/pool/données', { source: { '@file': '/pool/données' } }],
  ['of nothing but such signs', '/pool/&', { source: { '@file': '/pool/&' } }],
])('finds one that is %s', (_, path, disk) => {
  expect(lookFor(new Set([path]))(domain({ source: { '@file': '/pool/other' } }, disk))).toBe(true);
  expect(lookFor(new Set([path]))(domain({ source: { '@file': '/pool/other' } }))).toBe(false);
});

test('one of a volume group, by whichever of its names', () => {
  const pool: Pool = {
    ref: { name: 'fast', uuid: '' },
    type: 'logical',
    path: 'fast',
    devices: '/dev/vg-1',
    target: '',
    turns: new Turns(1),
  };
  const has = lookFor(pathsOf(pool, 'pay-roll'));
  expect(['/dev/vg-1/pay-roll', '/dev/mapper/vg--1-pay--roll'].map((path) => has(onDevice(path)))).toEqual([true, true]);
  expect(['/dev/vg-1/pay', '/dev/mapper/vg--1-pay'].map((path) => has(onDevice(path)))).toEqual([false, false]);
});

test('one whose name only begins like it is another', () => {
  expect(lookFor(new Set(['/pool/volume-1']))(domain({ source: { '@file': '/pool/volume-12' } }))).toBe(false);
});

test('libvirt writes what is not ASCII as it is, or by number', () => {
  const written = domain({ source: { '@file': '/pool/donnees' } }).replace('donnees', 'donn&#xE9;es');
  expect(lookFor(new Set(['/pool/données']))(written)).toBe(true);
});

test('whatever the disks are called, it finds what looking into all of them finds', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'b', '1', '.', ':', '/', '&', '<', '>', '"', "'", ' ', 'é', '-', '_', '+'),
    minLength: 1,
    maxLength: 8,
  });
  const source = fc.oneof(
    name.map((file) => ({ '@file': file })),
    fc.tuple(name, name).map(([pool, volume]) => ({ '@pool': pool, '@volume': volume })),
    fc.tuple(fc.constantFrom('rbd', 'iscsi'), name).map(([protocol, disk]) => ({ '@protocol': protocol, '@name': disk })),
  );
  const disk = fc.record({
    source,
    mirror: fc.option(
      name.map((file) => ({ '@file': file })),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(fc.array(disk, { minLength: 1, maxLength: 3 }), name, (disks, other) => {
      const xml = domain(...disks);
      const all = diskElements(parseXml('domain', xml)).flatMap((one) => [pathOfDisk(one), mirrorOfDisk(one) ?? '']);
      for (const path of [...all, other])
        if (path !== '') expect([path, lookFor(new Set([path]))(xml)]).toEqual([path, all.includes(path)]);
    }),
    { numRuns: 500 },
  );
});
