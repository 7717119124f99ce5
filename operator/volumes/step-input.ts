/** What the steps of a Volume are given, what they answer, and how they reach its host. */
import type { Volume } from '../../crds/volume.ts';
import type { Disk, DiskRef } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Host, Slot } from '../hypervisors/host.ts';
import { WORK_MS, type Work } from '../instances/steps/host.ts';
import { volumeDiskName } from '../instances/volumes/disk.ts';
import type { ApiCall } from '../kernel/api/client.ts';
import type { WriteOutcome } from '../kernel/status/writer.ts';
import type { Readiness } from '../reporting/readiness.ts';
import type { Reader } from '../instances/volumes/disk-users.ts';
import type { VolumeServices } from './services.ts';
import type { Place, VolumeWorld } from './types.ts';

export interface StepInput {
  readonly services: VolumeServices;
  readonly call: ApiCall;
  readonly world: VolumeWorld;
  readonly volume: Volume;
}

export type StepOutcome =
  /** The object as it is now: look again. */
  { readonly kind: 'Done'; readonly volume: Volume } | Unfinished | Ended;

export interface Unfinished {
  readonly kind: 'Pending';
  readonly readiness: Readiness;
  readonly dueAt?: number;
}

/** A write met an object that has changed, or is gone. */
interface Ended {
  readonly kind: 'Ended';
  readonly outcome: WriteOutcome<Volume>;
}

export function placeOf({ world }: StepInput): Place & { readonly pool: string } {
  const { place } = world;
  if (place?.pool === undefined) throw lost('the pool went missing meanwhile');
  return { hypervisorName: place.hypervisorName, pool: place.pool };
}

export const diskOf = (input: StepInput): DiskRef => ({
  pool: placeOf(input).pool,
  name: input.volume.status?.disk ?? volumeDiskName(input.volume.metadata.uid),
});

export function hostOf(input: StepInput): Host {
  const { hypervisorName } = placeOf(input);
  const host = input.services.hosts.get(hypervisorName);
  if (host === undefined) throw new DriverError('HostUnreachable', `there is no session with Hypervisor ${hypervisorName}`);
  return host;
}

/** Whose people are told of machines. */
export const readerOf = ({ services, volume }: StepInput): Reader => ({
  clusterId: services.clusterId,
  namespace: volume.metadata.namespace,
});

export const act = <T>(input: StepInput, slot: Slot, timeoutMs: number, work: Work<T>): Promise<T> =>
  hostOf(input).act(slot, timeoutMs, input.call.signal, work);

export async function findDisk(input: StepInput): Promise<Disk | undefined> {
  const { pool, name } = diskOf(input);
  const disks = await act(input, 'Read', WORK_MS, (driver, call) =>
    driver.listDisks({ pools: [pool], namePrefix: name, expected: [name] }, call),
  );
  return disks.find((disk) => disk.name === name);
}

export const waiting = (reason: string, message: string, dueAt?: number): Unfinished => ({
  kind: 'Pending',
  readiness: { kind: 'Waiting', reason, message },
  ...(dueAt === undefined ? {} : { dueAt }),
});

export const lost = (message: string): DriverError => new DriverError('Conflict', message, { reason: 'ReferenceLost' });
