import { expect, test } from '@jest/globals';
import { Objects, type RawEvent } from './objects.ts';

const network = (ref: string, name_label: string, operation = 'add'): RawEvent => ({
  class: 'network',
  operation,
  ref,
  snapshot: { uuid: ref, name_label, bridge: 'xapi0', MTU: '1500', tags: ['not kept'] },
});

const named = (name: string) => expect.objectContaining({ name_label: name });

test('only what is read is kept, as the tables have it', () => {
  const objects = new Objects();
  objects.apply([network('OpaqueRef:1', 'one')]);
  expect(objects.get('network', 'OpaqueRef:1')).toEqual({
    ref: 'OpaqueRef:1',
    uuid: 'OpaqueRef:1',
    name_label: 'one',
    bridge: 'xapi0',
    MTU: 1500,
  });
});

test('what is deleted is gone, and classes that are not watched are never there', () => {
  const objects = new Objects();
  objects.apply([network('OpaqueRef:1', 'one'), { class: 'message', operation: 'add', ref: 'OpaqueRef:2', snapshot: {} }]);
  const changes = objects.apply([{ class: 'network', operation: 'del', ref: 'OpaqueRef:1' }]);
  expect(changes).toEqual([{ name: 'network', before: expect.objectContaining({ name_label: 'one' }), after: undefined }]);
  expect(objects.count('network')).toBe(0);
});

test('of a copy that is read anew only what differs is told', () => {
  const [before, after] = [new Objects(), new Objects()];
  before.apply([network('OpaqueRef:1', 'same'), network('OpaqueRef:2', 'old'), network('OpaqueRef:3', 'gone')]);
  after.apply([network('OpaqueRef:1', 'same'), network('OpaqueRef:2', 'new'), network('OpaqueRef:4', 'made')]);
  expect(before.changesTo(after)).toEqual([
    { name: 'network', before: named('old'), after: named('new') },
    { name: 'network', before: named('gone'), after: undefined },
    { name: 'network', before: undefined, after: named('made') },
  ]);
});

test('counts that the server tells are compared, of what is watched', () => {
  const objects = new Objects();
  objects.apply([network('OpaqueRef:1', 'one')]);
  expect(objects.agreesWith({ network: '1', message: 7 })).toBe(true);
  expect(objects.agreesWith({ network: 2 })).toBe(false);
});
