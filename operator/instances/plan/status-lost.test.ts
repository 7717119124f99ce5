import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { NOBODY_ELSEWHERE, NOT_LOOKED, desired, shown, twin, untouched } from './testing/world.ts';
import type { World } from './types.ts';

const CLAIM = 'Spawn: add-finalizer, claim';
const among = (over: Partial<World['elsewhere']>): World['elsewhere'] => ({ ...NOBODY_ELSEWHERE, silent: ['host-b'], ...over });
const softDeleted = desired({ softDeleted: { reclaimAfterMs: undefined } });

test.each<[string, Partial<World>, string]>([
  ['a host is silent', {}, 'Wait: StatusLost'],
  ['every host answers, or is fenced', { elsewhere: NOBODY_ELSEWHERE }, CLAIM],
  ['a host is silent, and another not heard yet', { elsewhere: among({ unheard: ['host-c'] }) }, 'Wait: Observing'],
  ['a host is silent, and its machine is seen on another', { elsewhere: among({ twins: [twin()] }) }, 'Follow: add-finalizer, follow'],
  ['it is not lost: a host that is silent holds nothing up', { statusLost: false }, CLAIM],
  ['put away', { desired: softDeleted }, 'Wait: StatusLost'],
  ['put away, and every host answers', { desired: softDeleted, elsewhere: NOBODY_ELSEWHERE }, 'Settled: SoftDeleted'],
  ['WatchOnly', { desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Wait: StatusLost'],
  ['Disabled', { desired: desired({ reconcilePolicy: 'Disabled' }) }, 'Wait: Disabled'],
  ['deleted', { deleting: true }, 'Wait: StatusLost'],
  ['deleted, with its machine kept', { deleting: true, desired: desired({ deletionPolicy: 'Retain' }) }, 'Wait: StatusLost'],
  ['deleted, and abandoned', { deleting: true, desired: desired({ deletionPolicy: 'Abandon' }) }, 'Delete: remove-finalizer'],
  ['deleted, and every host answers', { deleting: true, elsewhere: NOBODY_ELSEWHERE }, 'Delete: remove-finalizer'],
  ['deleted, and its machine is seen', { deleting: true, elsewhere: among({ twins: [twin()] }) }, 'Follow: add-finalizer, follow'],
])('its status was lost: %s', (_, over, expected) => {
  const world = untouched({ finalizer: true, statusLost: true, looked: NOT_LOOKED, elsewhere: among({}), ...over });
  expect(shown(plan(world).plan)).toBe(expected);
});

test('who waits is told for which hosts, and what else would end it', () => {
  const world = untouched({ finalizer: true, statusLost: true, elsewhere: among({ silent: ['host-b', 'host-c'] }), deleting: true });
  expect(plan(world).plan).toMatchObject({
    until: expect.stringMatching(/answer, are fenced or are deleted: host-b, host-c, or .*Abandon/),
  });
});
