/** CPUs and memory in definitions: what was said before stays said, and a maximum is read back as it was written. */
import { expect, test } from '@jest/globals';
import { buildXml, parseXml } from '../xml.ts';
import { sizeDrift, sizeElements, viewSize, type ViewedSize } from './size.ts';

const MIB = 2 ** 20;
const size = (vcpus: number, mib: number, maximum?: readonly [number, number]): ViewedSize => ({
  vcpus,
  memoryBytes: mib * MIB,
  ...(maximum && { maximum: { vcpus: maximum[0], memoryBytes: maximum[1] * MIB } }),
});
const read = (xml: string): ViewedSize => viewSize(parseXml('domain', `<domain>${xml}</domain>`));
const fields = (wanted: ViewedSize, found: ViewedSize): readonly string[] => sizeDrift(wanted, found).map(({ field }) => field);

test('without a maximum nothing more is said than ever', () => {
  expect(buildXml('domain', sizeElements(size(2, 16)))).toBe(
    buildXml('domain', { memory: { '@unit': 'KiB', '#text': 16_384 }, vcpu: { '@placement': 'static', '#text': 2 } }),
  );
});

test.each([size(2, 16), size(1, 16, [4, 16]), size(2, 16, [2, 64]), size(1, 16, [4, 64])])('%j is read back', (one) => {
  expect(viewSize(parseXml('domain', buildXml('domain', sizeElements(one))))).toEqual(one);
});

test('what libvirt says of a machine that has all it can have is no maximum', () => {
  const xml = "<memory unit='KiB'>16384</memory><currentMemory unit='KiB'>16384</currentMemory><vcpu placement='static'>2</vcpu>";
  expect(read(xml)).toEqual(size(2, 16));
});

test.each<[string, ViewedSize, ViewedSize, readonly string[]]>([
  ['the same', size(1, 16, [4, 64]), size(1, 16, [4, 64]), []],
  ['another size', size(2, 32, [4, 64]), size(1, 16, [4, 64]), ['vcpus', 'memory']],
  ['another maximum', size(1, 16, [8, 64]), size(1, 16, [4, 64]), ['maximum[vcpus]']],
  ['no maximum any more', size(1, 16), size(1, 16, [4, 64]), ['maximum[vcpus]', 'maximum[memory]']],
  ['a maximum that is reached', size(4, 64, [4, 64]), size(4, 64), []],
  ['no maximum at all', size(2, 16), size(1, 16), ['vcpus']],
  ['less than libvirt counts', size(1, 16), { vcpus: 1, memoryBytes: 16 * MIB - 1 }, []],
])('drift: %s', (_, wanted, found, expected) => {
  expect(fields(wanted, found)).toEqual(expected);
});
