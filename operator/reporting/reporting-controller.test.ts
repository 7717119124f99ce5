import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findCondition } from '../kernel/status/conditions.ts';
import { testManager, type TestManager } from '../kernel/testing/test-manager.ts';
import { FLAVORS } from '../resources.ts';
import type { Readiness } from './readiness.ts';
import { addReportingController } from './reporting-controller.ts';

const ref = { name: 'tiny' };
const usable: Readiness = { kind: 'Settled', reason: 'Usable', message: '' };

let world: TestManager;
beforeEach(async () => {
  world = testManager();
  addReportingController(world, world.openLease(), { name: 'flavors', resource: FLAVORS, judge: () => usable });
  await world.start();
});
afterEach(() => world.stop());

const make = () => world.api.create(FLAVORS, { metadata: ref, spec: { vcpus: 1, memory: '16Mi' } }, world.call);
const ready = async () => findCondition((await world.api.get(FLAVORS, ref, world.call)).status?.conditions, 'Ready');

test('reports once', async () => {
  await make();
  await world.settle();
  expect(await ready()).toMatchObject({ status: 'True', reason: 'Usable', observedGeneration: 1 });
  expect(world.api.writes('hostler/flavors')).toHaveLength(1);
});

test('judges again after another replica wrote in between, though such a write wakes nobody', async () => {
  let others = 1;
  world.api.before = async ({ verb, fieldManager }) => {
    if (verb !== 'patch' || fieldManager === 'other' || others-- <= 0) return;
    const status = { observedGeneration: 0 };
    await world.api.mergePatch(FLAVORS, ref, { status }, world.call, { subresource: 'status', fieldManager: 'other' });
  };
  await make();
  await world.clock.advance(1_000);
  await world.settle();
  expect(await ready()).toMatchObject({ status: 'True', reason: 'Usable' });
});
