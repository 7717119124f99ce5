import { expect, test } from '@jest/globals';
import { assert, property, record, string } from 'fast-check';
import { attribute, buildXml, bytesOf, child, children, parseXml, textOf } from './xml.ts';

test('what is written is what is read, whatever characters are in it', () => {
  const printable = string({ unit: 'grapheme' }).map((text) => text.replaceAll(/\p{Cc}|\p{Cs}/gu, '').trim());
  assert(
    property(record({ name: printable, path: printable }), ({ name, path }) => {
      const read = parseXml('domain', buildXml('domain', { name, disk: [{ source: { '@file': path } }] }));
      expect(textOf(child(read, 'name'))).toBe(name);
      expect(attribute(child(read, 'disk', 'source'), 'file')).toBe(path);
    }),
  );
});

test.each([
  ['an element closed early', '</name><devices><disk/></devices><name>'],
  ['an attribute ended', `x' type='kvm"><on_crash>`],
  ['a comment', '<!-- -->'],
  ['a CDATA section', ']]><![CDATA['],
  ['an entity', '&lt;disk/&gt; &#60;x&#62; &unknown;'],
  ['a processing instruction', '<?xml version="1.0"?>'],
])('%s stays text and makes no element', (_what, evil) => {
  const read = parseXml('domain', buildXml('domain', { name: evil, source: { '@file': evil, '#text': evil } }));
  expect(Object.keys(read).sort()).toEqual(['name', 'source']);
  expect([textOf(child(read, 'name')), attribute(child(read, 'source'), 'file'), textOf(child(read, 'source'))]).toEqual([
    evil,
    evil,
    evil,
  ]);
});

test('absent parts are left out, empty ones are elements', () => {
  expect(buildXml('disk', { '@device': undefined, readonly: {}, source: undefined, driver: { '@cache': undefined } })).toBe(
    '<disk><readonly/><driver/></disk>',
  );
});

test('one child and many are read alike, in order, and numbers stay text', () => {
  expect(children(parseXml('a', '<a><b n="1"/></a>'), 'b').map((b) => attribute(b, 'n'))).toEqual(['1']);
  expect(children(parseXml('a', '<a><b n="1"/><c/><b n="02"/></a>'), 'b').map((b) => attribute(b, 'n'))).toEqual(['1', '02']);
  expect(children(parseXml('a', '<a/>'), 'b')).toEqual([]);
});

test('characters that libvirt writes as numbers are read', () => {
  expect(attribute(parseXml('a', '<a n="caf&#xE9; &#8364;"/>'), 'n')).toBe('café €');
});

test.each`
  xml                                   | bytes
  ${'<m unit="KiB">16384</m>'}          | ${16_777_216}
  ${'<m>16384</m>'}                     | ${16_777_216}
  ${'<m unit="bytes">270553174016</m>'} | ${270_553_174_016}
  ${'<m unit="GiB">2</m>'}              | ${2_147_483_648}
`('$xml is $bytes bytes', ({ xml, bytes }) => {
  expect(bytesOf(parseXml('m', String(xml)))).toBe(bytes);
});

test.each(['', 'not xml', '<other/>'])('what is not the wanted document is refused: %j', (xml) => {
  expect(() => parseXml('domain', xml)).toThrow('libvirt sent XML');
});
