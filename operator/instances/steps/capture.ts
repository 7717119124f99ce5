/** Copying the root disk for an InstanceSnapshot: in the background, where it goes on over many passes. */
import type { Hypervisor } from '../../../crds/hypervisor.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { keyOf } from '../../kernel/api/object.ts';
import type { Pass } from '../pass.ts';
import type { CaptureState } from '../ports.ts';
import type { SnapshotAction } from '../plan/types.ts';
import { snapshotVolume } from '../naming.ts';
import { changes, hostOf, targetOf, WORK_MS } from './host.ts';
import type { Pending } from './types.ts';

/** Somebody else's work on the machine ends without a word. */
const BUSY_AGAIN_MS = 10_000;

export async function capture(pass: Pass): Promise<Pending | undefined> {
  const { scene, services, call } = pass;
  const { action, identity } = scene.world;
  if (action?.action !== 'Snapshot') throw new DriverError('Conflict', 'the snapshot was withdrawn meanwhile', { reason: 'Withdrawn' });
  const host = hostOf(pass);
  const target = targetOf(pass);
  const root = (await host.machine(target.machineId, call.signal))?.disks.find(({ role }) => role === 'root');
  if (root === undefined) throw new DriverError('InvalidSpec', 'the machine has no root disk', { reason: 'NoRootDisk' });
  const pool = poolNamed(action, services.caches.hypervisors.get(host.name));
  pass.memory.note(identity.uid, { copy: action.uid });
  const state = services.captures.ensure({
    host,
    target,
    subject: { namespace: identity.namespace, name: identity.name },
    capture: {
      disk: { pool: root.pool, name: root.name },
      pool,
      key: action.location.volume,
      // What is frozen for it already is let go of by whoever asked for that.
      quiesce: pass.status.freeze === undefined ? action.quiesce : 'Never',
      ...(action.cold ? { off: true } : {}),
    },
  });
  return take(pass, state);
}

function take(pass: Pass, state: CaptureState): Pending | undefined {
  switch (state.kind) {
    case 'Done':
      tellHow(pass, state.base.quiesced);
      return undefined;
    case 'InProgress':
      return { reason: 'Capturing', message: state.message, percent: state.percent };
    case 'Failed':
      if (state.error.reason !== 'Busy') {
        // Where the connection broke, say, its guest may be held still: it is let go of before the copy waits for another turn.
        pass.memory.note(pass.scene.world.identity.uid, { copy: undefined });
        throw state.error;
      }
      return { reason: 'MachineBusy', message: state.error.message, retryAt: pass.services.clock.now() + BUSY_AGAIN_MS };
  }
}

/** Whether the guest knew of it is what a user has to know of a copy. */
function tellHow(pass: Pass, quiesced: boolean | undefined): void {
  const { outcome } = pass.plan;
  if (outcome === undefined || quiesced === undefined) return;
  const how = quiesced ? 'with all that the guest had written' : 'as after a power cut: the guest was not asked to hold still, or cannot';
  pass.plan = { ...pass.plan, outcome: { ...outcome, message: `${outcome.message}, ${how}` } };
}

function poolNamed({ location }: SnapshotAction, hypervisor: Hypervisor | undefined): string {
  const pool = hypervisor?.spec.pools?.[location.pool]?.pool;
  if (pool !== undefined) return pool;
  throw new DriverError('InvalidSpec', `Hypervisor ${location.hypervisorName} has no spec.pools.${location.pool} any more`, {
    reason: 'PoolNotFound',
  });
}

/** In the pool in which it is being made; its object, which says so, may be gone: then beside the disk, as most are. */
export async function endCapture(pass: Pass): Promise<undefined> {
  const { services, status, memory, scene } = pass;
  const { uid } = status.action ?? {};
  if (uid === undefined) return undefined;
  const key = snapshotVolume(uid);
  await services.captures.cancel(key);
  const pools = services.caches.hypervisors.get(status.hypervisorName ?? '')?.spec.pools ?? {};
  const root = status.disks?.find(({ role }) => role === 'root')?.pool ?? '';
  const snapshot = services.caches.snapshotsOf.get(keyOf(pass.instance)).find(({ metadata }) => metadata.uid === uid);
  const pool = pools[snapshot?.status?.location?.pool ?? root]?.pool;
  try {
    if (pool !== undefined) await changes(pass, 'Build', WORK_MS, (driver, call) => driver.endCapture(targetOf(pass), pool, key, call));
  } catch (error) {
    // A machine that is somebody else's by now does nothing for us.
    if (!(error instanceof DriverError) || error.reason !== 'NotOurs') throw error;
  }
  memory.note(scene.world.identity.uid, { copy: uid });
  return undefined;
}
