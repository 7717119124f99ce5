/** Semantics that nobody should have to guess, played through the whole controller: policies. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { kstatus } from '../../reporting/testing/kstatus.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

describe('policies', () => {
  test('DryRun publishes what it would do', async () => {
    await world.create({ reconcilePolicy: 'DryRun' });
    expect([await world.ready(), (await world.get()).status?.plannedSteps, world.machines()]).toEqual([
      'Ready=False DryRun',
      [
        { operation: 'Spawn', step: 'add-finalizer' },
        { operation: 'Spawn', step: 'claim' },
      ],
      [],
    ]);
    await world.edit({ reconcilePolicy: 'Reconcile' });
    expect([await world.ready(), (await world.get()).status?.plannedSteps]).toEqual(['Ready=True Running', undefined]);
  });

  test('EnsureExists makes and boots it, and then leaves it alone', async () => {
    await world.create({ reconcilePolicy: 'EnsureExists' });
    expect(world.machine().power).toBe('Running');
    world.turn('Stopped', 'Destroyed');
    await world.pass(2);
    expect([await world.ready(), world.machine().power, await world.condition('Running')]).toEqual([
      'Ready=True LeftAlone',
      'Stopped',
      'False Destroyed',
    ]);
  });

  test('Disabled is not even looked at', async () => {
    await world.create();
    await world.edit({ reconcilePolicy: 'Disabled' });
    const { length } = world.host().driver.calls;
    world.turn('Stopped', 'Destroyed');
    await world.pass(2);
    const told = [await world.ready(), await world.condition('Reconciling'), await world.condition('Stalled')];
    expect([...told, world.host().driver.calls.length]).toEqual(['Ready=Unknown Disabled', undefined, 'True Disabled', length]);
    expect(kstatus(await world.get())).toBe('Failed');
    await world.edit({ reconcilePolicy: 'Reconcile' });
    expect([await world.ready(), await world.condition('Stalled')]).toEqual(['Ready=True Running', undefined]);
  });
});
