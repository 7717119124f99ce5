import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Claims, type Claim } from './claims.ts';

const claim = (hypervisorName: string, vcpus = 1): Claim => ({ hypervisorName, vcpus, memoryBytes: vcpus * 10 });

test('a claim counts from when it is assumed, and what was read before does not take it back', () => {
  const claims = new Claims();
  claims.assume('a/x', claim('host-a'));
  claims.observe('a/x', undefined);
  expect(claims.on('host-a')).toEqual({ vcpus: 1, memoryBytes: 10 });
  claims.observe('a/x', claim('host-a'));
  expect(claims.on('host-a')).toEqual({ vcpus: 1, memoryBytes: 10 });
  claims.observe('a/x', undefined);
  expect(claims.on('host-a')).toEqual({ vcpus: 0, memoryBytes: 0 });
});

test('a claim that could not be written is given back', () => {
  const claims = new Claims();
  claims.observe('a/x', claim('host-a'));
  claims.assume('a/x', claim('host-b'));
  expect([claims.on('host-a').vcpus, claims.on('host-b').vcpus]).toEqual([0, 1]);
  claims.forget('a/x', claim('host-a'));
  expect([claims.on('host-a').vcpus, claims.on('host-b').vcpus]).toEqual([1, 0]);
  claims.forget('a/x');
  expect(claims.of('a/x')).toBeUndefined();
});

test('totals are always what counting anew would give', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const some = fc.record({ hypervisorName: fc.constantFrom('h1', 'h2'), vcpus: fc.nat(4), memoryBytes: fc.nat(9) });
  const act = fc.record({ key, verb: fc.constantFrom('observe', 'assume', 'forget'), claim: some, none: fc.boolean() });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const claims = new Claims();
      for (const each of acts) {
        if (each.verb === 'assume') claims.assume(each.key, each.claim);
        else if (each.verb === 'forget') claims.forget(each.key, each.none ? undefined : each.claim);
        else claims.observe(each.key, each.none ? undefined : each.claim);
        for (const host of ['h1', 'h2']) {
          const standing = ['a', 'b', 'c'].map((name) => claims.of(name)).filter((found) => found?.hypervisorName === host);
          expect(claims.on(host).vcpus).toBe(standing.reduce((sum, found) => sum + (found?.vcpus ?? 0), 0));
          expect(claims.on(host).memoryBytes).toBe(standing.reduce((sum, found) => sum + (found?.memoryBytes ?? 0), 0));
        }
      }
    }),
  );
});
