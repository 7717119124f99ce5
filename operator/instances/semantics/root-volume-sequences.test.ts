/** The random sequences of sequences.test.ts, of an Instance that boots from a Volume: it has that disk and no other, or none at all. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { findCondition } from '../../kernel/status/conditions.ts';
import { isAsked, isShelved, stands } from '../testing/sequences/ends.ts';
import { OPERATIONS } from '../testing/sequences/operations.ts';
import { Play } from '../testing/sequences/play.ts';
import { secondPlan, settle } from '../testing/sequences/settle.ts';
import { exploration, EXPLORATION_MS } from '../testing/exploration.ts';

/** An image has no say in its root disk; and what lies in a pool that hosts share is carried nowhere by hand. */
const names = Object.keys(OPERATIONS).filter((name) => !/\bimage\b|moves/.test(name));
const script = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 12 });

async function check(play: Play, deleted: boolean): Promise<void> {
  const { world, letGo } = play;
  expect(world.hosts.list().flatMap(({ driver }) => driver.violations)).toEqual([]);
  const broke = world.log.lines.filter(({ level }) => level === 'error').map(({ fields }) => String(fields['error']));
  expect(broke.filter((error) => !error.includes('killed'))).toEqual([]);
  const volume = await world.findVolume('disk');
  const instance = await world.find();
  if (instance === undefined) {
    if (!letGo) expect(world.machines()).toEqual([]);
    if (!deleted) expect(volume?.status?.phase).toBe('Available');
    return;
  }
  const ready = await world.ready();
  expect([
    ready,
    isAsked(ready) || isShelved(ready, instance) || stands(instance, ready, play) || /VolumeNotFound|DiskInUse/.test(ready),
  ]).toEqual([ready, true]);
  if (!isAsked(ready) || volume === undefined) return;
  // Put away before it was made, or for too long: it has none any more.
  if (instance.status?.hypervisorName === undefined) return expect(volume.status?.phase).not.toBe('InUse');
  expect([instance.status?.rootVolume?.volumeUid, volume.status?.phase]).toEqual([volume.metadata.uid, 'InUse']);
  const machine = world.host(instance.status?.hypervisorName).driver.machines.get(instance.status?.machineId ?? '');
  const roots = machine?.spec.disks.filter(({ role }) => role === 'root').map(({ name }) => name);
  expect([roots, findCondition(instance.status?.conditions, 'RebuildRequired')]).toEqual([[volume.status?.disk], undefined]);
}

test.each([false, true])(
  'sequences end settled; the Volume goes with the Instance: %p',
  async (deleted) => {
    await fc.assert(
      fc.asyncProperty(script, async (script_) => {
        const play = new Play('Shared', { rootVolume: { volumeName: 'disk', deleteOnTermination: deleted } });
        try {
          await play.world.createVolume('disk', { imageName: 'demo', size: '8Mi' });
          await play.begin();
          for (const name of script_) {
            await OPERATIONS[name]?.(play);
            if (play.runsTwice().length > 0) throw new Error('a machine lives on two hosts');
            if (play.cutOff().length > 0) throw new Error(`no disk under a guest: ${play.cutOff().join(', ')}`);
          }
          await settle(play);
          await check(play, deleted);
          expect(await secondPlan(play)).toEqual([0, 0]);
        } finally {
          await play.world.stopOperator();
        }
      }),
      exploration(250),
    );
  },
  EXPLORATION_MS,
);
