import { expect, test } from '@jest/globals';
import { DomainEventType as Type } from 'node-libvirt';
import { changeOf } from './events.ts';

test.each`
  event            | id    | transient | change
  ${'DEFINED'}     | ${-1} | ${false}  | ${'Definition'}
  ${'UNDEFINED'}   | ${-1} | ${false}  | ${'Removed'}
  ${'UNDEFINED'}   | ${7}  | ${false}  | ${'Definition'}
  ${'STARTED'}     | ${7}  | ${false}  | ${'Power'}
  ${'SUSPENDED'}   | ${7}  | ${false}  | ${'Power'}
  ${'RESUMED'}     | ${7}  | ${false}  | ${'Power'}
  ${'STOPPED'}     | ${-1} | ${false}  | ${'Power'}
  ${'STOPPED'}     | ${-1} | ${true}   | ${'Removed'}
  ${'SHUTDOWN'}    | ${7}  | ${false}  | ${'Power'}
  ${'PMSUSPENDED'} | ${7}  | ${false}  | ${'Power'}
  ${'CRASHED'}     | ${7}  | ${false}  | ${'Power'}
`('$event of domain $id (transient: $transient) -> $change', ({ event, id, transient, change }) => {
  const domain = { uuid: 'u', name: 'n', id: Number(id) };
  expect(changeOf(Type[event as keyof typeof Type], domain, { isTransient: () => Boolean(transient) })).toBe(change);
});
