import { expect, test } from '@jest/globals';
import { assert, constantFrom, property, record, string } from 'fast-check';
import type { OwnerMark } from '../owner.ts';
import { MARK_NAMESPACE, markForMetadataCall, markInDefinition, markOfDomain, markOfMetadata } from './mark.ts';
import { buildXml, parseXml } from './xml.ts';

const mark: OwnerMark = { clusterId: 'c-1', namespace: 'team-a', name: 'web-1', uid: '3d6f0b9a', role: 'main', runId: 'r-1' };
const inDomain = (xml: string): OwnerMark | undefined => markOfDomain(parseXml('domain', `<domain><metadata>${xml}</metadata></domain>`));

test('a mark is readable to people, and comes back as it was', () => {
  const xml = buildXml('domain', { metadata: markInDefinition(mark) });
  expect(xml).toContain(
    `<hostler:owner xmlns:hostler="${MARK_NAMESPACE}" clusterId="c-1" namespace="team-a" name="web-1" uid="3d6f0b9a" role="main" runId="r-1"/>`,
  );
  expect(markOfDomain(parseXml('domain', xml))).toEqual(mark);
  expect(markOfMetadata(markForMetadataCall(mark))).toEqual(mark);
});

const any = string({ unit: 'binary', maxLength: 40 });
const anyMark = record(
  {
    clusterId: any,
    namespace: any,
    name: any,
    uid: any,
    role: constantFrom('main', 'rescue', 'orig', 'retained'),
    operation: any,
    runId: any,
    bootHash: any,
  },
  { requiredKeys: ['clusterId', 'namespace', 'name', 'uid', 'role'] },
);
test('any characters survive: control characters, halves of surrogates, quotes, tags, outer spaces', () => {
  assert(
    property(anyMark, (odd) => {
      const wanted = odd as OwnerMark;
      expect(markOfDomain(parseXml('domain', buildXml('domain', { metadata: markInDefinition(wanted) })))).toEqual(wanted);
      expect(markOfMetadata(markForMetadataCall(wanted))).toEqual(wanted);
    }),
    { numRuns: 1_000 },
  );
});

test('outer white space of any kind survives', () => {
  for (const space of [' ', '\u00a0', '\u1680', '\u2000', '\u2028', '\u3000', '\ufeff']) {
    const odd: OwnerMark = { ...mark, name: `${space}${space}a${space}`, operation: space };
    expect(markOfDomain(parseXml('domain', buildXml('domain', { metadata: markInDefinition(odd) })))).toEqual(odd);
    expect(markOfMetadata(markForMetadataCall(odd))).toEqual(odd);
  }
});

test('the namespace decides, not the prefix', () => {
  const attributes = 'clusterId="c" namespace="n" name="m" uid="u" role="main"';
  expect(inDomain(`<h:owner xmlns:h="${MARK_NAMESPACE}" ${attributes}/>`)).toMatchObject({ uid: 'u' });
  expect(inDomain(`<hostler:owner xmlns:hostler="https://example.org/other" ${attributes}/>`)).toBeUndefined();
  expect(inDomain(`<hostler:owner ${attributes}/>`)).toBeUndefined();
});

test.each(['', '<hostler:owner xmlns:hostler="https://hostler.dev/xmlns/v1"/>', '<x:y xmlns:x="u"/>'])(
  'no complete mark, not ours: %s',
  (xml) => {
    expect(inDomain(xml)).toBeUndefined();
  },
);

test('a role of a later version is not ours to touch', () => {
  expect(
    inDomain(`<h:owner xmlns:h="${MARK_NAMESPACE}" clusterId="c" namespace="n" name="m" uid="u" role="something-new"/>`),
  ).toBeUndefined();
});

test('metadata of ours that is no mark is none', () => {
  expect(markOfMetadata('<notes>something else</notes>')).toBeUndefined();
  expect(markOfMetadata('<owner/>')).toBeUndefined();
});
