import { expect, test } from '@jest/globals';
import type { OwnerMark } from '../../../drivers/owner.ts';
import { adoptableMachines } from './adoptable.ts';

const owner: OwnerMark = { clusterId: 'c', namespace: 'team', name: 'web', uid: 'u', role: 'main' };
const machines = new Map([
  ['free', { name: 'old-server' }],
  ['let-go', { name: 'was-web', owner: { ...owner, role: 'retained' as const } }],
  ['taken', { name: 'web', owner }],
]);
const told = (...ids: readonly string[]) =>
  adoptableMachines(
    ids.map((machineId) => ({ machineId, namespace: 'team' })),
    machines,
  )?.message;

test('each machine that is offered is told of, in order', () => {
  expect(told('taken', 'free', 'let-go', 'gone')).toBe(
    "free for namespace team: nobody's (old-server); gone for namespace team: not on the host; " +
      "let-go for namespace team: nobody's (was-web); taken for namespace team: of Instance team/web",
  );
});

test('nothing is told of none, and no more than can be read of many', () => {
  expect(told()).toBeUndefined();
  expect(told(...Array.from({ length: 30 }, (_, at) => `m${at}`))).toMatch(/; and others$/);
});
