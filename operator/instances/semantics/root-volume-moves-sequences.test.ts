/** Random sequences of root Volumes that move: the machine boots from one of them, which is the one that status says and nobody else's. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isAsked, isShelved, stands } from '../testing/sequences/ends.ts';
import { OPERATIONS } from '../testing/sequences/operations.ts';
import { Play } from '../testing/sequences/play.ts';
import { act, edit, type Operation } from '../testing/sequences/say.ts';
import { secondPlan, settle } from '../testing/sequences/settle.ts';
import { exploration, EXPLORATION_MS } from '../testing/exploration.ts';

const names = (volumeName: string): Operation => edit({ rootVolume: { volumeName } });
const moves = (volumeName: string): Operation => act({ action: 'SwapVolume', swapVolume: { volumeName } });

const OWN: Readonly<Record<string, Operation>> = {
  'the new one is named': names('new'),
  'the old one is named': names('old'),
  'it is to be off': edit({ powerState: 'Stopped' }),
  'it moves to the new one': moves('new'),
  'it moves to the old one': moves('old'),
  'it moves to one that is missing': moves('missing'),
  'moving fails': (play) => play.fail('swapVolume', 'Transient', 2),
  'moving always fails': (play) => play.fail('swapVolume', 'Transient', 9),
  'moving is cut off': (play) => {
    const { driver } = play.world.host();
    driver.whileCopied = () => {
      driver.whileCopied = () => undefined;
      throw new Error('killed');
    };
  },
  'the new one is deleted': (play) => play.deleteVolume('new'),
  'the new one is made': (play) => play.makeVolume('new', { hypervisorName: 'host-a' }),
};
/** What a move may meet, of all that may happen. */
const MET =
  /^(Running|Stopped|Paused|Suspended|to be |a (start|soft reboot|hard reboot) is|the (guest|actions|operator|host)|somebody (destroys|starts|pauses)|it is (deleted|made again|locked|unlocked)|a job|the job|killed)/;
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
  const has = instance?.status?.rootVolume?.volumeUid;
  for (const name of ['old', 'new']) {
    const volume = await world.findVolume(name);
    if (volume === undefined || volume.metadata.deletionTimestamp !== undefined) continue;
    expect([name, volume.status?.phase === 'InUse']).toEqual([name, has === volume.metadata.uid]);
    const { hypervisorName, disk, capacity } = volume.status ?? {};
    if (capacity !== undefined) expect([name, world.host(hypervisorName).driver.disks.has(`default/${disk}`)]).toEqual([name, true]);
  }
  if (instance === undefined) return;
  const ready = await world.ready();
  expect([ready, isAsked(ready) || isShelved(ready, instance) || stands(instance, ready, play)]).toEqual([ready, true]);
  if (!isAsked(ready) && ready !== 'Ready=False SwapRequired') return;
  expect(instance.status?.action?.phase).not.toBe('Running');
  const machine = world.machines().find(({ owner }) => owner?.uid === instance.metadata.uid);
  expect(machine?.spec.disks.find(({ role }) => role === 'root')?.name).toBe(`volume-${has}`);
  if (isAsked(ready)) expect(instance.spec.rootVolume?.volumeName).toBe(instance.status?.rootVolume?.volumeName);
}

test(
  'sequences end settled, with an empty second plan',
  async () => {
    await fc.assert(
      fc.asyncProperty(script, async (names_) => {
        const play = new Play('Shared', { rootVolume: { volumeName: 'old' } });
        try {
          await play.world.createVolume('old', { hypervisorName: 'host-a', imageName: 'demo' });
          await play.world.createVolume('new', { hypervisorName: 'host-a' });
          await play.begin();
          for (const name of names_) await ALL[name]?.(play);
          await settle(play);
          await play.world.pass(6);
          await check(play);
          expect(await secondPlan(play)).toEqual([0, 0]);
        } finally {
          await play.world.stopOperator();
        }
      }),
      exploration(60),
    );
  },
  EXPLORATION_MS,
);
