import { expect, test } from '@jest/globals';
import { parseXml } from '../xml.ts';
import { diskAt, filesBelow } from './chain.ts';

const below = (path: string, next = '<backingStore/>'): string =>
  `<backingStore type='file'><format type='qcow2'/><source file='${path}'/>${next}</backingStore>`;
const domain = (inside: string) =>
  parseXml(
    'domain',
    `<domain><devices><disk type='file'><source file='/p/a.1'/>${inside}<target dev='vda'/></disk><disk><target dev='sda'/></disk></devices></domain>`,
  );

test.each([
  ['two files', below('/p/a', below('/p/base')), ['/p/a', '/p/base']],
  ['one, which stands on nothing', below('/p/a'), ['/p/a']],
  ['nothing', '<backingStore/>', []],
  ['nothing that the definition tells of: it does not run', '', []],
])('below the disk: %s', (_, inside, expected) => {
  expect(filesBelow(diskAt(domain(inside), '/p/a.1'))).toEqual(expected);
});

test('a disk of another path is another disk', () => {
  expect(diskAt(domain(''), '/p/a')).toBeUndefined();
});
