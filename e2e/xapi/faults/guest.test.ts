/** What guests do by themselves, and disks that the control domain holds. */
import { expect, test } from '@jest/globals';
import { templateRecord } from '../scene/templates.ts';
import { createVm } from '../messages/vm/record.ts';
import { testPool } from '../xapi.testing.ts';
import { createDisk } from '../world/disks.ts';
import { guestEnds, heldByControlDomain } from './guest.ts';

test.each([
  ['Shutdown', 'destroy', 'Halted'],
  ['Shutdown', 'restart', 'Running'],
  ['Reboot', 'restart', 'Running'],
  ['Crash', 'destroy', 'Halted'],
  ['Crash', 'coredump_and_restart', 'Running'],
  ['Crash', 'preserve', 'Paused'],
] as const)('%s with action %s: %s', async (how, action, expected) => {
  const { world, call } = await testPool();
  const actions = { actions_after_shutdown: action, actions_after_reboot: action, actions_after_crash: action };
  const ref = createVm(world, { ...templateRecord({ name: 'vm' }), is_a_template: false, ...(actions as object) });
  await call('VM.start', ref, false, false);
  const { domid } = world.store.get('VM', ref);
  guestEnds(world, ref, how);
  const after = world.store.get('VM', ref);
  expect(after.power_state).toBe(expected);
  expect(after.domid > domid).toBe(expected === 'Running');
});

test('a disk that the control domain holds is in use until it lets go', async () => {
  const { world, scene, call } = await testPool();
  const vdi = createDisk(world, { SR: scene.sharedSr, virtual_size: 4 * 1024 ** 2 });
  const release = heldByControlDomain(world, vdi, scene.hosts[0] ?? '');
  await expect(call('VDI.destroy', vdi)).rejects.toThrow(`VDI_IN_USE(${vdi}, destroy)`);
  release();
  await call('VDI.destroy', vdi);
  expect(world.store.has('VDI', vdi)).toBe(false);
});
