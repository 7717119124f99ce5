/** Both sides of relations, and what changed since when. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Ref } from '../../../drivers/xen/model/model.ts';
import { RELATIONS } from '../../../drivers/xen/model/relations.ts';
import { Store } from './store.ts';

const NULL = 'OpaqueRef:NULL';
const everything = () => true;

test('an object has every field of its class, and a UUID', () => {
  const store = new Store();
  const vm = store.get('VM', store.create('VM', { name_label: 'a' }));
  expect(vm).toMatchObject({ name_label: 'a', power_state: 'Halted', has_vendor_device: true, VBDs: [], platform: {}, snapshot_of: NULL });
  expect(vm.uuid).toMatch(/^[0-9a-f-]{36}$/);
});

test('what is not there is an invalid handle', () => {
  const store = new Store();
  expect(() => store.get('VM', 'x')).toThrow('HANDLE_INVALID(VM, x)');
  expect(() => store.update('VM', 'x', {})).toThrow('HANDLE_INVALID(VM, x)');
  expect(() => store.destroy('VM', 'x')).toThrow('HANDLE_INVALID(VM, x)');
  const vdi = store.create('VDI', {});
  expect(() => store.get('VM', vdi)).toThrow('HANDLE_INVALID');
});

test('a relation is kept when a side is made, changed and removed', () => {
  const store = new Store();
  const [a, b] = [store.create('VM', {}), store.create('VM', {})];
  const vbd = store.create('VBD', { VM: a });
  expect([store.get('VM', a).VBDs, store.get('VM', b).VBDs]).toEqual([[vbd], []]);
  store.update('VBD', vbd, { VM: b });
  expect([store.get('VM', a).VBDs, store.get('VM', b).VBDs]).toEqual([[], [vbd]]);
  store.destroy('VM', b);
  expect(store.get('VBD', vbd).VM).toBe(NULL);
  store.update('VBD', vbd, { VM: a });
  store.destroy('VBD', vbd);
  expect(store.get('VM', a).VBDs).toEqual([]);
});

test('a relation of sets is kept as well', () => {
  const store = new Store();
  const [one, other] = [store.create('VM_group', {}), store.create('VM_group', {})];
  const vm = store.create('VM', { groups: [one, other] });
  expect([store.get('VM_group', one).VMs, store.get('VM_group', other).VMs]).toEqual([[vm], [vm]]);
  store.destroy('VM_group', one);
  expect(store.get('VM', vm).groups).toEqual([other]);
  store.update('VM', vm, { groups: [] });
  expect(store.get('VM_group', other).VMs).toEqual([]);
});

test('whatever is done, both sides of every relation say the same', () => {
  const classes = ['VM', 'VBD', 'VDI'] as const;
  const act = fc.record({
    do: fc.constantFrom('create', 'link', 'destroy'),
    class: fc.constantFrom(...classes),
    one: fc.nat(9),
    other: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const store = new Store();
      const pick = (name: (typeof classes)[number], index: number): Ref =>
        store.all(name)[index % Math.max(1, store.count(name))]?.[0] ?? NULL;
      for (const { do: verb, class: name, one, other } of acts) {
        const self = pick(name, one);
        if (verb === 'create') store.create(name, {});
        else if (!store.has(name, self)) continue;
        else if (verb === 'destroy') store.destroy(name, self);
        else if (name === 'VBD') store.updateIfThere('VBD', self, { VM: pick('VM', other), VDI: pick('VDI', one) });
        else store.updateIfThere(name, self, { snapshot_of: pick(name, other) });
      }
      for (const { from, to } of RELATIONS) {
        for (const [ref, record] of store.all(to[0])) {
          const told = store.all(from[0]).filter(([, other]) => (other as unknown as Record<string, unknown>)[from[1]] === ref);
          const kept = (record as unknown as Record<string, readonly Ref[]>)[to[1]] ?? [];
          expect([...kept].sort()).toEqual(told.map(([other]) => other).sort());
        }
      }
    }),
  );
});

test('changes since a generation: added, changed and deleted once each, and nothing of what came and went', () => {
  const store = new Store();
  const [kept, changed, gone] = [store.create('VM', {}), store.create('VM', {}), store.create('VM', {})];
  const since = store.generation;
  const made = store.create('VM', {});
  store.destroy('VM', store.create('VM', {}));
  store.update('VM', made, { name_label: 'n' });
  store.update('VM', changed, { name_label: 'x' });
  store.update('VM', changed, { name_label: 'y' });
  store.update('VM', kept, { name_label: '' });
  store.destroy('VM', gone);
  const { added, modified, deleted } = store.changes(since, everything);
  expect(added.map(({ ref, record }) => [ref, record['name_label']])).toEqual([[made, 'n']]);
  expect(modified.map(({ ref, record }) => [ref, record['name_label']])).toEqual([[changed, 'y']]);
  expect(deleted.map(({ ref }) => ref)).toEqual([gone]);
  const none = store.changes(store.generation, everything);
  expect([none.added, none.modified, none.deleted]).toEqual([[], [], []]);
});

test('all that a client hears makes its copy what the store is, whenever it asks', () => {
  const act = fc.record({ do: fc.constantFrom('create', 'change', 'destroy', 'ask'), which: fc.nat(5), value: fc.string() });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const store = new Store();
      const copy = new Map<Ref, unknown>();
      let seen = 0;
      const ask = () => {
        const { added, modified, deleted } = store.changes(seen, everything);
        for (const { ref } of added) expect(copy.has(ref)).toBe(false);
        for (const { ref } of [...modified, ...deleted]) expect(copy.has(ref)).toBe(true);
        for (const { ref, record } of [...added, ...modified]) copy.set(ref, record);
        for (const { ref } of deleted) copy.delete(ref);
        seen = store.generation;
      };
      for (const { do: verb, which, value } of acts) {
        const ref = store.all('network')[which]?.[0];
        if (verb === 'create') store.create('network', {});
        else if (verb === 'ask') ask();
        else if (ref === undefined) continue;
        else if (verb === 'destroy') store.destroy('network', ref);
        else store.update('network', ref, { name_label: value });
      }
      ask();
      expect(new Map(copy)).toEqual(new Map(store.all('network')));
    }),
  );
});
