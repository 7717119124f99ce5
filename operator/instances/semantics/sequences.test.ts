/**
 * Random sequences of edits and actions, legal and illegal, of faults and of people who interfere: each ends settled, with
 * no disk too many, every action finished, and nothing that a new operator would do.
 */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isMadeFrom } from '../../../drivers/disk-names.ts';
import { macAddress } from '../naming.ts';
import { INSTANCE_ACTIONS, INSTANCE_SNAPSHOTS } from '../../resources.ts';
import { HOLDS, isAsked, stands } from '../testing/sequences/ends.ts';
import { OPERATIONS } from '../testing/sequences/operations.ts';
import { Play } from '../testing/sequences/play.ts';

const script = fc.array(fc.constantFrom(...Object.keys(OPERATIONS)), { minLength: 1, maxLength: 12 });

/** Longer than every pause between attempts. */
const TICKS_TO_SETTLE = 120;

async function settle(play: Play): Promise<void> {
  const { world } = play;
  await play.mend();
  await play.edit(HOLDS);
  play.onMachines(['Running', 'Paused', 'Stopped', 'Suspended'], { busy: false });
  for (let tick = 0; tick < TICKS_TO_SETTLE; tick += 1) {
    await world.pass(1);
    const instance = await world.find();
    if (instance === undefined) return;
    const ready = await world.ready();
    const stood = stands(instance, ready, play);
    // What was frozen is thawed by itself, and a resize may be confirmed by itself, later.
    const confirms = instance.status?.resize?.phase === 'AwaitingConfirmation' && instance.spec.resize?.confirm === 'Automatic';
    if (confirms || instance.status?.freeze !== undefined) continue;
    const asked = [...world.api.objects(INSTANCE_ACTIONS), ...world.api.objects(INSTANCE_SNAPSHOTS)];
    const open = asked.some(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
    // What waits for an object may have actions that wait with it.
    if ((isAsked(ready) || stood) && (!open || (stood && /NotFound$|NoHypervisorFits$/.test(ready)))) return;
  }
}

async function check(play: Play): Promise<void> {
  const { world } = play;
  expect(world.hosts.list().flatMap(({ driver }) => driver.violations)).toEqual([]);
  const broke = world.log.lines.filter(({ level }) => level === 'error').map(({ fields }) => String(fields['error']));
  expect(broke.filter((error) => !error.includes('killed'))).toEqual([]);
  const instance = await world.find();
  if (instance === undefined) return checkGone(play);
  const { spec, status } = instance;
  const ready = await world.ready();
  expect([ready, isAsked(ready) || stands(instance, ready, play)]).toEqual([ready, true]);
  const host = world.hosts.get(status?.hypervisorName ?? '');
  const machine = host?.driver.machines.get(status?.machineId ?? instance.metadata.uid);
  if (isAsked(ready)) {
    expect(status?.action?.phase).not.toBe('Running');
    expect(machine).toBeDefined();
    if (!/GuestShutdown|RestartRequired|ResizePending/.test(ready)) expect(machine?.power).toBe(spec.powerState ?? 'Running');
  }
  if (machine === undefined || host === undefined || status?.machineId === undefined) return;
  // Every disk of ours is in the definition, and status tells of the same; and of which image the root disk is.
  const named = machine.spec.disks.map(({ pool, name }) => `${pool}/${name}`).toSorted();
  const owners = [instance.metadata.uid, status.machineId];
  const stoodOn = (path: string): boolean => named.some((name) => isMadeFrom(name, path));
  const ours = [...host.driver.disks.keys()].filter((path) => owners.some((owner) => path.includes(owner)) && !stoodOn(path)).toSorted();
  if (isAsked(ready) && !play.statusLost) expect(ours).toEqual(named);
  for (const { name, mac } of machine.spec.interfaces) expect(mac).toBe(macAddress(status.machineId, name));
  const internal = (status.faults ?? []).filter(({ reason, message }) => reason === 'InternalError' && message !== 'killed');
  expect(internal).toEqual([]);
  const root = machine.spec.disks.find(({ role }) => role === 'root');
  // One that a resize made stands on the one that was made from the image.
  const origin = host.driver.origins.get(`${root?.pool ?? ''}/${root?.name.replace(/(?:\.1)+$/, '') ?? ''}`);
  const { restored } = status.resolved ?? {};
  const image =
    restored === undefined ? baseOf(spec.imageName) : `snapshot-${(await world.findSnapshot(restored.snapshotName))?.metadata.uid}`;
  if (isAsked(ready) && !play.statusLost) expect(origin).toBe(image);
  if (ready.endsWith('RebuildRequired')) expect(restored?.imageName ?? origin).not.toBe(restored === undefined ? image : spec.imageName);
}

const baseOf = (imageName = ''): string => (imageName === 'demo' ? 'base-1' : `base-${imageName}`);

function checkGone({ world, letGo, statusLost }: Play): void {
  if (letGo) return;
  expect(world.machines()).toEqual([]);
  // Without a machine beside them, and without status, nobody knows of disks that a build left.
  if (!statusLost) expect(world.disks()).toEqual([]);
}

/** Nothing is at rest that a new process would touch. */
async function checkSecondPlan(play: Play): Promise<void> {
  const { world } = play;
  const changes = world.changes();
  await play.restart();
  // What is missed is believed to be gone after two observations; a new process tells that it looks.
  await world.pass(3);
  const writes = world.writes();
  await world.pass(1);
  expect([world.changes() - changes, world.writes() - writes]).toEqual([0, 0]);
}

test('sequences end settled, with an empty second plan', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (names) => {
      const play = new Play();
      try {
        await play.begin();
        for (const name of names) {
          await OPERATIONS[name]?.(play);
          if (play.runsTwice().length > 0) throw new Error('a machine lives on two hosts');
        }
        await settle(play);
        await check(play);
        await checkSecondPlan(play);
      } finally {
        await play.world.stopOperator();
      }
    }),
    { numRuns: 2_000 },
  );
}, 600_000);
