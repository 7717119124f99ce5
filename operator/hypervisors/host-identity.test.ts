/** A Hypervisor is one host for as long as it lives, whoever answers in its place. */
import { expect, test } from '@jest/globals';
import { findCondition } from '../kernel/status/conditions.ts';
import { HYPERVISORS } from '../resources.ts';
import { create, type HypervisorWorld, newWorld, place } from './testing/hypervisor-world.ts';
import { FACTS, type ScriptedDriver } from './testing/scripted-driver.ts';

const socket = async (world: HypervisorWorld, path: string): Promise<void> => {
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { spec: { fake: { socket: path } } }, world.call);
  await world.clock.advance(5_000);
};

test('an endpoint that leads to another host is refused, also after a restart, until it is put back', async () => {
  let hostId = 'id-h';
  const elsewhere = (driver: ScriptedDriver): void => void (driver.facts = { ...FACTS, hostId });
  const world = newWorld(elsewhere);
  await world.start();
  await create(world, 'h');
  await place(world, 'x', 'h');
  hostId = 'id-other';
  await socket(world, '/run/typo');
  expect([world.condition('h', 'Ready'), world.condition('h', 'Stalled')]).toEqual(['False/HostChanged', 'True/HostChanged']);
  const message = findCondition(world.hypervisor('h').status?.conditions, 'Ready')?.message;
  expect(message).toContain('id-other');
  expect(message).toContain('id-h');
  expect(world.hypervisor('h').status).toMatchObject({ facts: { hostId: 'id-h' }, reachable: { status: 'Unknown' } });
  const host = world.registry.get('h');
  expect([host?.reachability().status, host?.contacted, host?.snapshot()]).toEqual(['Unknown', true, undefined]);
  await expect(host?.act('Read', 1_000, world.call.signal, async () => 'done')).rejects.toMatchObject({ label: 'HostUnreachable' });
  expect(world.drivers.get('h')?.calls.observe).toBe(0);

  const after = newWorld(elsewhere);
  const object = world.hypervisor('h');
  await after.api.create(HYPERVISORS, object, after.call);
  await after.api.mergePatch(HYPERVISORS, { name: 'h' }, { status: object.status }, after.call, { subresource: 'status' });
  await after.start();
  await after.clock.advance(5_000);
  expect([after.condition('h', 'Ready'), after.drivers.get('h')?.calls.observe]).toEqual(['False/HostChanged', 0]);
  hostId = 'id-h';
  await socket(after, '/run/fake');
  expect(after.condition('h', 'Ready')).toBe('True/Connected');
});

test('another host that answers at the same endpoint is refused; the old one is taken again by itself', async () => {
  const world = newWorld();
  await world.start();
  await create(world, 'h');
  const driver = world.drivers.get('h');
  if (driver === undefined) throw new Error('no driver');
  driver.facts = { ...FACTS, hostId: 'id-other' };
  const { observe } = driver.calls;
  driver.tell({ kind: 'Disconnected', error: new Error('reset') });
  await world.clock.advance(60_000);
  expect([world.condition('h', 'Ready'), driver.calls.observe]).toEqual(['False/HostChanged', observe]);
  driver.facts = { ...FACTS, hostId: 'id-h' };
  await world.clock.advance(60_000);
  expect(world.condition('h', 'Ready')).toBe('True/Connected');
});

test('a Hypervisor that is made anew may be another host, however quickly', async () => {
  let hostId = 'id-h';
  const world = newWorld((driver) => void (driver.facts = { ...FACTS, hostId }));
  await world.start();
  await create(world, 'h');
  hostId = 'id-other';
  await socket(world, '/run/other');
  expect(world.condition('h', 'Ready')).toBe('False/HostChanged');
  const { spec } = world.hypervisor('h');
  await world.api.delete(HYPERVISORS, { name: 'h' }, world.call);
  await world.api.mergePatch(HYPERVISORS, { name: 'h' }, { metadata: { finalizers: [] } }, world.call);
  await create(world, 'h', spec);
  expect([world.condition('h', 'Ready'), world.hypervisor('h').status?.facts?.hostId]).toEqual(['True/Connected', 'id-other']);
});
