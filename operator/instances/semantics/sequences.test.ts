/**
 * Random sequences of edits and actions, legal and illegal, of faults and of people who interfere: each ends settled, with
 * no disk too many, every action finished, and nothing that a new operator would do.
 */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Instance } from '../../../crds/instance.ts';
import { isMadeFrom, stemOf } from '../../../drivers/disk-names.ts';
import { macAddress } from '../naming.ts';
import type { MemoryMachine } from '../testing/memory-machine.ts';
import { isAsked, isShelved, stands } from '../testing/sequences/ends.ts';
import { OPERATIONS } from '../testing/sequences/operations.ts';
import { Play, type Pools } from '../testing/sequences/play.ts';
import { secondPlan, settle } from '../testing/sequences/settle.ts';
import { exploration, EXPLORATION_MS } from '../testing/exploration.ts';

const script = fc.array(fc.constantFrom(...Object.keys(OPERATIONS)), { minLength: 1, maxLength: 12 });

async function check(play: Play): Promise<void> {
  const { world } = play;
  expect(world.hosts.list().flatMap(({ driver }) => driver.violations)).toEqual([]);
  const broke = world.log.lines.filter(({ level }) => level === 'error').map(({ fields }) => String(fields['error']));
  expect(broke.filter((error) => !error.includes('killed'))).toEqual([]);
  const instance = await world.find();
  if (instance === undefined) return checkGone(play);
  const { spec, status } = instance;
  const ready = await world.ready();
  expect([ready, isAsked(ready) || isShelved(ready, instance) || stands(instance, ready, play)]).toEqual([ready, true]);
  if (ready.endsWith('Offloaded')) return checkGone(play);
  const host = world.hosts.get(status?.hypervisorName ?? '');
  const machine = host?.driver.machines.get(status?.machineId ?? instance.metadata.uid);
  if (isAsked(ready)) {
    expect(status?.action?.phase).not.toBe('Running');
    checkPower(instance, ready, machine);
  }
  if (status?.lifecycle?.reclaimedAt !== undefined) return checkGone(play);
  if (machine === undefined || host === undefined || status?.machineId === undefined) return;
  // Every disk of ours is in the definition, and status tells of the same; and of which image the root disk is.
  const named = machine.spec.disks.map(({ pool, name }) => `${pool}/${name}`).toSorted();
  const owners = [instance.metadata.uid, status.machineId];
  const stoodOn = (path: string): boolean => named.some((name) => isMadeFrom(name, path));
  const ours = [...host.driver.disks.keys()].filter((path) => owners.some((owner) => path.includes(owner)) && !stoodOn(path)).toSorted();
  // The drive that a rescued machine had before, and has again afterwards, is kept for it; and of what is put away all of a
  // rescue that was lost, and a drive that could not be removed before: both go when it is in use again, or with it.
  const rescued = machine.owner?.role === 'rescue' || ready.endsWith('SoftDeleted');
  const kept = rescued ? ours.filter((path) => named.includes(path) || !isOfRescue(path)) : ours;
  if (isAsked(ready) && !play.statusLost) expect(kept).toEqual(named);
  for (const { name, mac } of machine.spec.interfaces) expect(mac).toBe(macAddress(status.machineId, name));
  const internal = (status.faults ?? []).filter(({ reason, message }) => reason === 'InternalError' && message !== 'killed');
  expect(internal).toEqual([]);
  const root = machine.spec.disks.find(({ role }) => role === 'root');
  // One that a resize made stands on the one that was made from the image.
  const originOf = (name = ''): string | undefined => host.driver.origins.get(`${root?.pool ?? ''}/${name}`);
  const origin = originOf(root?.name) ?? originOf(stemOf(root?.name ?? ''));
  const { restored } = status.resolved ?? {};
  const image =
    restored === undefined ? baseOf(spec.imageName) : `snapshot-${(await world.findSnapshot(restored.snapshotName))?.metadata.uid}`;
  // What is rescued or put away is told of its image beside that.
  const otherwise =
    (machine.owner?.role === 'rescue' || ready.endsWith('SoftDeleted')) && (await world.condition('RebuildRequired')) !== undefined;
  if (isAsked(ready) && !play.statusLost && !otherwise) expect(origin).toBe(image);
  if (ready.endsWith('RebuildRequired')) expect(restored?.imageName ?? origin).not.toBe(restored === undefined ? image : spec.imageName);
}

const baseOf = (imageName = ''): string => (imageName === 'demo' ? 'base-1' : `base-${imageName}`);

const isOfRescue = (path: string): boolean => path.includes('-config-') || path.includes('-rescue-');

/** What the machine is doing, where all is as it was asked for. */
function checkPower({ spec, status }: Instance, ready: string, machine: MemoryMachine | undefined): void {
  const reason = ready.replace('Ready=True ', '');
  if (reason === 'Reclaimed') return;
  // Nothing is made of what was put away before it was made.
  if (reason === 'SoftDeleted' && status?.hypervisorName === undefined) return;
  expect(machine).toBeDefined();
  // A rescue system may shut itself down as well.
  const isSystem = reason === 'GuestShutdown' && spec.rescue !== undefined && machine?.owner?.role === 'rescue';
  // What was put away in a rescue is rescued again when it is in use again.
  if (reason !== 'SoftDeleted') expect(machine?.owner?.role).toBe(reason === 'Rescued' || isSystem ? 'rescue' : 'main');
  if (/^(GuestShutdown|RestartRequired|ResizePending)$/.test(reason)) return;
  if (reason === 'SoftDeleted') expect(['Stopped', 'Suspended']).toContain(machine?.power);
  else expect(machine?.power).toBe(reason === 'Rescued' ? 'Running' : (spec.powerState ?? 'Running'));
}

function checkGone({ world, letGo, statusLost }: Play): void {
  if (letGo) return;
  expect(world.machines()).toEqual([]);
  // Without a machine beside them, and without status, nobody knows of disks that a build left.
  if (!statusLost) expect(world.disks().filter((disk) => !disk.includes('/volume-'))).toEqual([]);
}

test.each<Pools>(['Own', 'Shared'])(
  'sequences end settled, with an empty second plan; pools of the hosts: %s',
  async (pools) => {
    await fc.assert(
      fc.asyncProperty(script, async (names) => {
        const play = new Play(pools);
        try {
          await play.begin();
          for (const name of names) {
            await OPERATIONS[name]?.(play);
            if (play.runsTwice().length > 0) throw new Error('a machine lives on two hosts');
            if (play.cutOff().length > 0) throw new Error(`no disk under a guest: ${play.cutOff().join(', ')}`);
          }
          await settle(play);
          await check(play);
          expect(await secondPlan(play)).toEqual([0, 0]);
        } finally {
          await play.world.stopOperator();
        }
      }),
      exploration(1_000),
    );
  },
  EXPLORATION_MS,
);
