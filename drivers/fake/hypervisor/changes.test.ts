import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ChangeLog } from './changes.ts';

const act = fc.record({ key: fc.integer({ min: 0, max: 20 }).map(String), removed: fc.boolean(), look: fc.boolean() });

test('whoever applies what changed since the last look always has what there is', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 3_000 }), (acts) => {
      const log = new ChangeLog();
      const there = new Map<string, number>();
      const seen = new Map<string, number>();
      let generation = 0;
      const look = () => {
        const changes = log.since(generation);
        if (changes.complete) seen.clear();
        for (const key of changes.changed) seen.set(key, there.get(key) ?? -1);
        for (const key of changes.removed) seen.delete(key);
        generation = changes.generation;
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(there));
      };
      for (const [index, { key, removed, look: looks }] of acts.entries()) {
        if (removed) {
          there.delete(key);
          log.removed(key);
        } else {
          there.set(key, index);
          log.changed(key);
        }
        if (looks) look();
      }
      look();
    }),
    { numRuns: 50 },
  );
});

test('only what changed is told, once', () => {
  const log = new ChangeLog();
  for (const key of ['a', 'b', 'c']) log.changed(key);
  const { generation } = log.since(0);
  log.changed('b');
  log.changed('b');
  log.removed('c');
  expect(log.since(generation)).toEqual({ generation: generation + 3, complete: false, changed: ['b'], removed: ['c'] });
  expect(log.since(generation + 3)).toEqual({ generation: generation + 3, complete: false, changed: [], removed: [] });
});

test('who asks from before a forgotten removal gets everything', () => {
  const log = new ChangeLog();
  log.changed('stays');
  log.changed('first');
  const { generation } = log.since(0);
  log.removed('first');
  for (let index = 0; index < 10_000; index++) {
    log.changed(`${index}`);
    log.removed(`${index}`);
  }
  expect(log.since(generation)).toMatchObject({ complete: true, changed: ['stays'] });
});

test('a generation of another world gets everything', () => {
  const log = new ChangeLog();
  log.changed('a');
  expect(log.since(99)).toMatchObject({ complete: true, changed: ['a'] });
});
