/** What a rebuild, or a restore, makes, under which names, and in place of which disks of the machine. */
import type { RebuildRecord } from '../../../crds/instance.ts';
import type { MachineDisk } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { diskName, incarnationOf, type DiskNameRole } from '../naming.ts';
import type { Pass } from '../pass.ts';
import type { BaseState } from '../ports.ts';
import { newDisks } from '../machine-spec.ts';
import { NEW_ROOT } from '../plan/actions/new-root.ts';
import { rootImage } from '../root-image.ts';
import { resolvedFor } from './claim.ts';
import { reads, targetOf } from './host.ts';
import { ownDisks, owners } from './own-disks.ts';

/** Names that nothing has yet: neither a disk of the machine, nor what an earlier rebuild left. */
export async function newRebuild(pass: Pass): Promise<RebuildRecord> {
  const { scene, status } = pass;
  const { pool } = scene.wanted;
  const from = rootImage(pass);
  if (pool === undefined || scene.wanted.size === undefined || from === undefined)
    throw new DriverError('Conflict', 'something that the spec names went missing meanwhile', { reason: 'ReferenceLost' });
  const machine = await reads(pass, (driver, call) => driver.inspect(targetOf(pass).machineId, call));
  const names = [...(machine?.disks ?? []), ...(await ownDisks(pass))].map(({ name }) => name);
  const taken = owners(pass).flatMap((owner) => names.flatMap((name) => incarnationOf(name, owner) ?? []));
  return {
    volume: diskName(scene.world.identity.uid, 'root', Math.max(1, ...taken) + 1),
    resolved: resolvedFor(pass, { hypervisorName: status.hypervisorName ?? '', pool: pool.key }, from),
  };
}

/** Of the disks that this plan makes: a spawn makes the first. */
export function incarnationOfPass({ plan, status, scene }: Pass): number {
  if (!NEW_ROOT.has(plan.operation)) return 1;
  const incarnation = incarnationOf(status.action?.rebuild?.volume ?? '', scene.world.identity.uid);
  if (incarnation === undefined) throw new DriverError('Conflict', 'the rebuild was not begun', { reason: 'Unplanned' });
  return incarnation;
}

/** Asked to, and it has one. */
export function preservesEphemeral({ plan, scene: { world, details } }: Pass): boolean {
  const { action } = world;
  const asked = plan.operation === 'Rebuild' && action?.action === 'Rebuild' && action.preserveEphemeral;
  return asked && (details?.disks.some(({ role }) => role === 'ephemeral') ?? false);
}

const REBUILT: ReadonlySet<MachineDisk['role']> = new Set<DiskNameRole>(['root', 'ephemeral', 'swap']);

/** The disks of the machine with the new ones in their places; undefined: the plan switches nothing, or it is done. */
export function rebuiltDisks(pass: Pass): readonly MachineDisk[] | undefined {
  const { plan, scene, status } = pass;
  const { details, wanted } = scene;
  const volume = status.action?.rebuild?.volume;
  if (!NEW_ROOT.has(plan.operation) || details === undefined || details.disks.some(({ name }) => name === volume)) return undefined;
  const { pool, size } = wanted;
  if (pool === undefined || size === undefined)
    throw new DriverError('Conflict', 'the flavor or the pool went missing meanwhile', { reason: 'ReferenceLost' });
  const isReplaced = (role: MachineDisk['role']): boolean => (plan.operation === 'Restore' ? role === 'root' : REBUILT.has(role));
  const preserved = preservesEphemeral(pass);
  const incarnation = incarnationOfPass(pass);
  const made = newDisks(scene.world.identity.uid, pool.name, size, incarnation).filter(
    ({ role }) => isReplaced(role) && (role !== 'ephemeral' || !preserved),
  );
  const stays = ({ role }: MachineDisk): boolean => !isReplaced(role) || (role === 'ephemeral' && preserved);
  const inPlace = details.disks.flatMap((old) => (stays(old) ? [old] : made.filter((disk) => isSame(disk, old))));
  return [...inPlace, ...made.filter((disk) => !details.disks.some((old) => isSame(disk, old)))];
}

const isSame = (one: MachineDisk, other: MachineDisk): boolean => one.role === other.role && one.label === other.label;

/** So long an image that cannot be had is waited for: its server may come back. */
const IMAGE_PATIENCE_MS = 600_000;

/** An action ends where a spawn would go on: whoever asked for it is there to ask again, and the guest runs on meanwhile. */
export function throwIfHopeless({ status, services }: Pass, state: Extract<BaseState, { kind: 'Failed' }>): void {
  const begunAt = Date.parse(status.action?.startedAt ?? '');
  const waits = state.label !== 'InvalidSpec' && services.clock.now() < begunAt + IMAGE_PATIENCE_MS;
  if (!waits) throw new DriverError(state.label, state.message, { reason: state.reason });
}
