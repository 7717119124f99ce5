import { expect, test } from '@jest/globals';
import { testManager } from '../kernel/testing/test-manager.ts';
import { INSTANCES, VOLUMES } from '../resources.ts';
import { addObjectMetrics } from './object-metrics.ts';

const condition = (type: string, status = 'True') => ({
  type,
  status,
  reason: 'X',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

const of = (kind: string, ...counts: readonly number[]) =>
  ['Ready', 'Waiting', 'Stalled', 'Deleting'].map((state, at) => `hostler_objects{kind="${kind}",state="${state}"} ${counts[at]}`);

test('each object counts once, by what its conditions say', async () => {
  const manager = testManager();
  addObjectMetrics(manager, [INSTANCES, VOLUMES]);
  await manager.start();
  const make = async (name: string, ...conditions: readonly object[]): Promise<void> => {
    const ref = { namespace: 'a', name };
    await manager.api.create(VOLUMES, { metadata: { ...ref, finalizers: ['x/y'] }, spec: { size: '1Gi' } }, manager.call);
    await manager.api.mergePatch(VOLUMES, ref, { status: { conditions } }, manager.call, { subresource: 'status' });
  };
  await make('new');
  await make('made', condition('Ready'));
  await make('slow', condition('Ready', 'False'), condition('Reconciling'));
  await make('stuck', condition('Ready', 'False'), condition('Stalled'));
  await make('gone', condition('Ready'));
  await manager.api.delete(VOLUMES, { namespace: 'a', name: 'gone' }, manager.call);
  await manager.settle();
  const told = async (): Promise<readonly string[]> =>
    (await manager.metrics.registry.getSingleMetricAsString('hostler_objects'))
      .split('\n')
      .filter((line) => line.startsWith('hostler_objects'));
  expect(await told()).toEqual([...of('Instance', 0, 0, 0, 0), ...of('Volume', 1, 2, 1, 1)]);
  await manager.api.delete(VOLUMES, { namespace: 'a', name: 'stuck' }, manager.call);
  await manager.api.mergePatch(VOLUMES, { namespace: 'a', name: 'stuck' }, { metadata: { finalizers: null } }, manager.call);
  await manager.settle();
  expect(await told()).toContain('hostler_objects{kind="Volume",state="Stalled"} 0');
  await manager.stop();
});
