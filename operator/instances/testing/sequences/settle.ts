/** From the end of a sequence on nobody interferes any more: time passes until the Instance has come to rest. */
import type { Instance } from '../../../../crds/instance.ts';
import { isMadeFrom } from '../../../../drivers/disk-names.ts';
import { endsByItself, HOLDS, isAsked, isShelved, stands } from './ends.ts';
import type { Play } from './play.ts';

/** Longer than every pause between attempts. */
const TICKS_TO_SETTLE = 120;
/** Longer than the attempts of an action that fails for good. */
const TICKS_OF_WAITING = 30;

export async function settle(play: Play): Promise<void> {
  const { world } = play;
  await play.mend();
  await play.edit(HOLDS);
  play.onMachines(['Running', 'Paused', 'Stopped', 'Suspended'], { busy: false });
  let waited = 0;
  for (let tick = 0; tick < TICKS_TO_SETTLE; tick += 1) {
    await world.pass(1);
    const instance = await world.find();
    if (instance === undefined) return;
    if (endsByItself(instance, world.clock.now())) continue;
    if (isMerging(play, instance)) continue;
    const ready = await world.ready();
    const stood = stands(instance, ready, play);
    // What waits for an object may have actions that wait with it, or that are still tried; a volume is tried for a while.
    waited = stood && /NotFound$|NoHypervisorFits$|NotReleased$/.test(ready) ? waited + 1 : 0;
    const isTried = play.unfinished().length > 0 || ready.endsWith('NotReleased') || instance.metadata.deletionTimestamp !== undefined;
    const isAtRest = isAsked(ready) || isShelved(ready, instance) || stood;
    if (isAtRest && (!isTried || waited > TICKS_OF_WAITING)) return;
  }
}

/** What a resize left below the disks of a guest that runs goes away by itself. */
function isMerging({ world }: Play, { status }: Instance): boolean {
  const driver = world.hosts.get(status?.hypervisorName ?? '')?.driver;
  const machine = driver?.machines.get(status?.machineId ?? '');
  if (driver === undefined || machine?.power !== 'Running' || status?.resize !== undefined) return false;
  return machine.spec.disks.some(({ pool, name }) => [...driver.disks.keys()].some((other) => isMadeFrom(`${pool}/${name}`, other)));
}

/** What a new process changes on hosts and writes of the Instance once all is at rest: nothing. */
export async function secondPlan(play: Play): Promise<readonly [changes: number, writes: number]> {
  const { world } = play;
  const changes = world.changes();
  await play.restart();
  // What is missed is believed to be gone after two observations; a new process tells that it looks.
  await world.pass(3);
  const writes = world.writes();
  await world.pass(1);
  return [world.changes() - changes, world.writes() - writes];
}
