/** What hosts hear of their pool's objects. */
import { expect, test } from '@jest/globals';
import { eventsOf } from './events.ts';
import { Objects } from './session/objects.ts';
import type { Pool } from './session/pool.ts';
import { Site } from './site.ts';

const HOST = '11111111-1111-4111-8111-111111111111';

function changesOfMachine(hosts: readonly string[]) {
  const objects = new Objects();
  const events = hosts.map((uuid) => ({ class: 'host', operation: 'add', ref: `OpaqueRef:${uuid}`, snapshot: { uuid } }));
  const machine = { uuid: 'vm-1', power_state: 'Running', resident_on: `OpaqueRef:${HOST}` };
  objects.apply(events);
  const changes = objects.apply([{ class: 'vm', operation: 'add', ref: 'OpaqueRef:vm', snapshot: machine }]);
  // Only the objects are looked at.
  return eventsOf(new Site({ objects } as unknown as Pool, HOST), changes);
}

test('a machine that comes to the host is told of', () => {
  expect(changesOfMachine([HOST])).toMatchObject([{ kind: 'Machine', machineId: 'vm-1' }]);
});

test('a host that left its pool is looked at, and breaks nothing for the others', () => {
  expect(changesOfMachine([])).toEqual([{ kind: 'Facts' }]);
});
