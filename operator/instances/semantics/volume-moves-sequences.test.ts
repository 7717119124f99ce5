/** Random sequences of volumes that move, are copied, and are named and unnamed: a machine has one of them at a time, and which it is told. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isAsked, isShelved, stands } from '../testing/sequences/ends.ts';
import { OPERATIONS } from '../testing/sequences/operations.ts';
import { Play } from '../testing/sequences/play.ts';
import { act, edit, type Operation } from '../testing/sequences/say.ts';
import { secondPlan, settle } from '../testing/sequences/settle.ts';
import { exploration, EXPLORATION_MS } from '../testing/exploration.ts';

const names = (volumeName: string): Operation => edit({ volumes: [{ name: 'data', volumeName }] });
const moves = (volumeName: string): Operation => act({ action: 'SwapVolume', swapVolume: { name: 'data', volumeName } });

const OWN: Readonly<Record<string, Operation>> = {
  'the new one is named': names('new'),
  'the old one is named': names('old'),
  'none is named': edit({ volumes: null }),
  'it moves to the new one': moves('new'),
  'it moves to the old one': moves('old'),
  'it moves to one that is missing': moves('missing'),
  'moving fails': (play) => play.fail('swapVolume', 'Transient', 2),
  'moving is cut off': (play) => {
    play.world.host().driver.whileCopied = once(() => {
      throw new Error('killed');
    });
  },
  'moving always fails': (play) => play.fail('swapVolume', 'Transient', 9),
  'a copy is made': (play) => play.makeVolume('copy', { sourceVolumeName: 'old' }),
  'the copy is deleted': (play) => play.deleteVolume('copy'),
  'the new one is deleted': (play) => play.deleteVolume('new'),
  'the new one is made': (play) => play.makeVolume('new', { hypervisorName: 'host-a' }),
};
/** The first time it is called. */
function once(work: () => void): () => void {
  let left = 1;
  return () => {
    left -= 1;
    if (left === 0) work();
  };
}

/** What a move may meet, of all that may happen. */
const MET =
  /^(Running|Stopped|Paused|Suspended|to be |a (start|soft reboot|hard reboot|rebuild) is|the (guest|actions|operator|host)|somebody (destroys|starts|pauses)|it is (deleted|made again|locked|unlocked)|guests keep|a job|the job|killed)/;
const ALL: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(Object.entries(OPERATIONS).filter(([name]) => MET.test(name))),
  ...OWN,
};
const script = fc.array(fc.oneof(fc.constantFrom(...Object.keys(OWN)), fc.constantFrom(...Object.keys(ALL))), {
  minLength: 2,
  maxLength: 12,
});

async function check(play: Play): Promise<void> {
  const { world } = play;
  expect(world.hosts.list().flatMap(({ driver }) => driver.violations)).toEqual([]);
  const broke = world.log.lines.filter(({ level }) => level === 'error').map(({ fields }) => String(fields['error']));
  expect(broke.filter((error) => !error.includes('killed'))).toEqual([]);
  const instance = await world.find();
  const listed = new Set((instance?.status?.volumes ?? []).map(({ volumeUid }) => volumeUid));
  for (const name of ['old', 'new', 'copy']) {
    const volume = await world.findVolume(name);
    if (volume === undefined || volume.metadata.deletionTimestamp !== undefined) continue;
    expect([name, volume.status?.phase === 'InUse']).toEqual([name, listed.has(volume.metadata.uid)]);
    const { hypervisorName, disk } = volume.status ?? {};
    if (volume.status?.capacity !== undefined)
      expect([name, world.host(hypervisorName).driver.disks.has(`default/${disk}`)]).toEqual([name, true]);
  }
  if (instance === undefined) return;
  const ready = await world.ready();
  expect([ready, isAsked(ready) || isShelved(ready, instance) || stands(instance, ready, play)]).toEqual([ready, true]);
  const machine = world.machines().find(({ owner }) => owner?.uid === instance.metadata.uid);
  if (!isAsked(ready) || machine === undefined) return;
  expect(instance.status?.action?.phase).not.toBe('Running');
  const asked = instance.spec.volumes?.[0]?.volumeName;
  const disk = asked === undefined ? undefined : (await world.findVolume(asked))?.status?.disk;
  expect((machine.spec.volumes ?? []).map(({ name }) => name)).toEqual(disk === undefined ? [] : [disk]);
}

test(
  'sequences end settled, with an empty second plan',
  async () => {
    await fc.assert(
      fc.asyncProperty(script, async (names_) => {
        const play = new Play('Shared', { volumes: [{ name: 'data', volumeName: 'old' }] });
        try {
          await play.world.createVolume('old', { hypervisorName: 'host-a' });
          await play.world.createVolume('new', { hypervisorName: 'host-a' });
          await play.begin();
          for (const name of names_) await ALL[name]?.(play);
          await settle(play);
          // A copy of what a machine had a moment ago is tried again, too.
          await play.world.pass(6);
          await check(play);
          expect(await secondPlan(play)).toEqual([0, 0]);
        } finally {
          await play.world.stopOperator();
        }
      }),
      exploration(150),
    );
  },
  EXPLORATION_MS,
);
