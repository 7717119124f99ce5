import { expect, test } from '@jest/globals';
import { widget, type Widget } from '../testing/widgets.ts';
import type { Change } from './cache.ts';
import { ObjectCache } from './object-cache.ts';

const shown = (change: Change<Widget>): string => {
  const by = change.writer === undefined ? '' : ` by ${change.writer}`;
  switch (change.kind) {
    case 'Added':
      return `+${change.current.metadata.uid}@${change.current.metadata.resourceVersion}${change.initial ? ' initial' : ''}${by}`;
    case 'Updated':
      return `~${change.current.metadata.uid}@${change.previous.metadata.resourceVersion}->${change.current.metadata.resourceVersion}${by}`;
    case 'Deleted':
      return `-${change.previous.metadata.uid}`;
  }
};

function makeCache() {
  const changes: string[] = [];
  const faults: unknown[] = [];
  const cache = new ObjectCache<Widget>({ onFault: (error) => faults.push(error) });
  cache.onChange((change) => changes.push(shown(change)));
  const list = (items: readonly Widget[], version: number) => {
    cache.beginList();
    cache.replace(
      items.map((item) => cache.intern(item)),
      String(version),
    );
  };
  return { cache, list, faults, heard: () => changes.splice(0) };
}

test('a first list is heard as initial additions, a later one as what differs, deletions too', () => {
  const { cache, list, heard } = makeCache();
  expect(cache.synced()).toBe(false);
  list([widget('a', 1), widget('b', 2)], 5);
  expect(cache.synced()).toBe(true);
  expect(heard()).toEqual(['+uid-a@1 initial', '+uid-b@2 initial']);
  list([widget('b', 7), widget('c', 8)], 9);
  expect(heard()).toEqual(['-uid-a', '~uid-b@2->7', '+uid-c@8']);
});

test('an object of the same name with another uid is a deletion and an addition', () => {
  const { cache, list, heard } = makeCache();
  list([widget('a', 1)], 1);
  cache.observe(widget('a', 4, 'second'));
  expect(heard()).toEqual(['+uid-a@1 initial', '-uid-a', '+second@4']);
  expect(cache.getByUid('uid-a')).toBeUndefined();
  list([widget('a', 9, 'third')], 9);
  expect(heard()).toEqual(['-second', '+third@9']);
});

test('what a write returned is there at once, and its watch event is not heard again', () => {
  const { cache, list, heard } = makeCache();
  list([widget('a', 1)], 1);
  heard();
  cache.put(widget('a', 3), 'me');
  cache.observe(widget('a', 2)); // older, late: ignored
  expect(cache.get('a/a')?.metadata.resourceVersion).toBe('3');
  cache.observe(widget('a', 3));
  expect(heard()).toEqual(['~uid-a@1->3 by me']);
});

test('an answer that comes after the watch has shown the deletion brings nothing back', () => {
  const { cache, list, heard } = makeCache();
  list([widget('a', 1)], 1);
  cache.remove(widget('a', 5));
  cache.put(widget('a', 4), 'me');
  expect(cache.size).toBe(0);
  expect(heard()).toEqual(['+uid-a@1 initial', '-uid-a']);
});

test('a deletion of the former object does not touch the next of that name', () => {
  const { cache, list } = makeCache();
  list([widget('a', 1)], 1);
  cache.put(widget('a', 7, 'second'), 'me');
  cache.remove(widget('a', 5));
  expect(cache.get('a/a')?.metadata.uid).toBe('second');
});

test('a list that is older than a write made meanwhile does not undo it; one that is newer decides', () => {
  const { cache, heard } = makeCache();
  cache.beginList();
  cache.put(widget('a', 8), 'me');
  cache.put(widget('b', 3), 'me');
  cache.replace([widget('a', 4)], '6');
  expect(heard()).toEqual(['+uid-a@8 initial']);
  expect(cache.get('a/b')).toBeUndefined(); // written at 3, gone at 6
});

test('a server restored from a backup is believed: older versions replace newer ones', () => {
  const { cache, list } = makeCache();
  list([widget('a', 90)], 100);
  list([widget('a', 12)], 20);
  expect(cache.get('a/a')?.metadata.resourceVersion).toBe('12');
});

test('an unchanged object stays the very same one over a list', () => {
  const { cache, list, heard } = makeCache();
  list([widget('a', 1)], 1);
  const first = cache.get('a/a');
  list([widget('a', 1)], 9);
  expect(cache.get('a/a')).toBe(first);
  expect(heard()).toHaveLength(1);
});

test('indexes follow objects, and hold nothing of those that are gone', () => {
  const { cache, list } = makeCache();
  const bySize = cache.index(({ spec }) => [`size-${spec.size}`, 'all']);
  list([widget('a', 1, 'uid-a', 1), widget('b', 2, 'uid-b', 1)], 2);
  expect(bySize.keys('size-1')).toEqual(['a/a', 'a/b']);
  cache.observe(widget('a', 3, 'uid-a', 2));
  expect(bySize.get('size-2').map(({ metadata }) => metadata.name)).toEqual(['a']);
  cache.remove(widget('b', 4));
  expect(bySize.keys('size-1')).toEqual([]);
  expect(bySize.keys('all')).toEqual(['a/a']);
  expect(cache.index(({ spec }) => [String(spec.size)]).keys('2')).toEqual(['a/a']); // made late, complete all the same
});

test('a listener that joins late hears what is there; one that left hears nothing; one that throws disturbs nobody', () => {
  const { cache, list, heard, faults } = makeCache();
  list([widget('a', 1)], 1);
  const late: string[] = [];
  const stop = cache.onChange((change) => {
    late.push(change.kind === 'Added' && change.initial ? 'initial' : change.kind);
    throw new Error('mistake');
  });
  cache.observe(widget('a', 2));
  stop();
  cache.observe(widget('a', 3));
  expect(late).toEqual(['initial', 'Updated']);
  expect(faults).toHaveLength(2);
  expect(heard()).toEqual(['+uid-a@1 initial', '~uid-a@1->2', '~uid-a@2->3']);
});

const opaque = (version: string): Widget => ({ ...widget('a', 1), metadata: { ...widget('a', 1).metadata, resourceVersion: version } });

test('versions that cannot be compared: the watch is believed, writes are not put in', () => {
  const { cache } = makeCache();
  cache.beginList();
  cache.replace([opaque('x')], 'x');
  cache.put(opaque('y'), 'me');
  expect(cache.get('a/a')?.metadata.resourceVersion).toBe('x');
  cache.observe(opaque('y'));
  expect(cache.get('a/a')?.metadata.resourceVersion).toBe('y');
});

test('a version is seen with its event, with the deletion that it is, with a bookmark or a list that is newer', async () => {
  const { cache, list } = makeCache();
  list([widget('a', 1)], 5);
  expect(cache.whenSeen(widget('a', 5))).toBeUndefined();
  const seen: number[] = [];
  const wait = (version: number): void => void cache.whenSeen(widget('a', version))?.then(() => seen.push(version));
  for (const version of [7, 9, 11, 13, 20]) wait(version);
  cache.observe(widget('a', 6));
  await Promise.resolve();
  expect(seen).toEqual([]);
  cache.observe(widget('a', 7));
  cache.remove(widget('a', 9));
  await Promise.resolve();
  expect(seen).toEqual([7, 9]);
  cache.bookmark('12');
  list([], 15);
  await Promise.resolve();
  expect(seen).toEqual([7, 9, 11, 13]);
});

test('what a write brought is known until the watch has shown it, as an event or as a mere version, or a list has', () => {
  const { cache, list } = makeCache();
  list([widget('a', 1)], 1);
  for (const version of [3, 5, 7]) cache.put(widget('a', version), 'me');
  expect([2, 3, 5, 7].map((version) => cache.hasWritten(String(version)))).toEqual([false, true, true, true]);
  cache.observe(widget('a', 3));
  cache.bookmark('5');
  expect([3, 5, 7].map((version) => cache.hasWritten(String(version)))).toEqual([false, false, true]);
  expect(cache.whenSeen(widget('a', 5))).toBeUndefined();
  list([widget('a', 7)], 8);
  expect(cache.hasWritten('7')).toBe(false);
  cache.put(widget('a', 6), 'late');
  expect(cache.hasWritten('6')).toBe(false);
});
