/** The verbs that change a machine's power. Each reads the machine afresh, and does only what its state and mark allow. */
import { DomainShutdown, ErrorCode, LibvirtError, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import { DriverError } from '../../labels.ts';
import { STARTING, type OwnerMark, type Target } from '../../owner.ts';
import { isActive } from '../power.ts';
import { pause as wait, type Left } from '../time.ts';
import { readBoth } from './both.ts';
import { readIdle, readOwned, refused } from './fresh.ts';
import { runOf, writeMark } from './marking.ts';
import { endMergings } from './merge.ts';

export async function unpause(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  if (fresh.power === 'Running') return;
  if (fresh.power !== 'Paused') throw refused(fresh, 'unpause');
  if (fresh.owner?.operation === STARTING) await writeMark(client, fresh, withoutOperation(fresh.owner), left);
  await client.domains.resume(fresh.domain, left());
}

function withoutOperation({ clusterId, namespace, name, uid, role, ...rest }: OwnerMark): OwnerMark {
  return { clusterId, namespace, name, uid, role, ...runOf(rest) };
}

export async function pause(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  if (fresh.power === 'Paused') return;
  if (fresh.power !== 'Running') throw refused(fresh, 'pause');
  await client.domains.suspend(fresh.domain, left());
}

/** Only a running guest can hear it; for one that is off or gone there is nothing to ask. */
export async function signalShutdown(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readOwned(client, target, left);
  if (fresh?.power !== 'Running') return;
  await unlessEnded(client, target, left, () => client.domains.shutdown(fresh.domain, { flags: DomainShutdown.ACPI_POWER_BTN, ...left() }));
}

const POWER_OFF_TRIES = 6;
const BETWEEN_TRIES_MS = 250;

/** Again while the process resists (EBUSY), and when somebody booted the machine anew meanwhile; then it is really off. */
export async function powerOff(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  let last: unknown;
  for (let attempt = 0; attempt <= POWER_OFF_TRIES; attempt += 1) {
    if (attempt > 0) await wait(BETWEEN_TRIES_MS, left);
    const fresh = await readOwned(client, target, left);
    if (fresh === undefined || !fresh.active) return;
    try {
      await unlessEnded(client, target, left, () => client.domains.destroy(fresh.domain, left()));
      last = undefined;
    } catch (error) {
      if (!isBusy(error)) throw error;
      last = error;
    }
    // The daemon answers when the process is gone; what still runs has another id and is a new run, whose mark is read before it is ended.
    if (last === undefined && !(await isOn(client, target, left))) return;
  }
  throw new DriverError('Transient', `machine ${target.machineId} does not go off after ${POWER_OFF_TRIES + 1} tries`, {
    cause: last,
    reason: 'PowerOffFailed',
  });
}

/** One that is gone is off. */
async function isOn(client: LibvirtClient, { machineId: uuid }: Target, left: Left): Promise<boolean> {
  try {
    return isActive(await client.domains.state({ uuid }, left()));
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return false;
    throw error;
  }
}

export async function injectNmi(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  if (fresh.power !== 'Running') throw refused(fresh, 'inject an NMI into');
  await client.domains.injectNmi(fresh.domain, left());
}

export async function suspendToDisk(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  if (fresh.power === 'Suspended') return;
  if (!fresh.active) throw refused(fresh, 'suspend');
  // A machine with a job on a disk is not saved.
  await endMergings(client, fresh.domain, (await readBoth(client, fresh, left)).live, left);
  await client.domains.managedSave(fresh.domain, left());
}

/** libvirt starts a machine with nothing saved from its disks: that must not happen here. */
export async function restoreFromDisk(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  if (fresh.active) return;
  if (fresh.power !== 'Suspended') throw refused(fresh, 'restore');
  await client.domains.start(fresh.domain, left());
}

export async function discardSavedState(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readOwned(client, target, left);
  if (fresh?.power !== 'Suspended') return;
  await client.domains.removeManagedSave(fresh.domain, left());
}

/** There are no filters yet (they come with security groups); whose machine it is counts all the same. */
export async function applyFilters(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  await readIdle(client, target, left);
}

/** What fails because the machine ended or went meanwhile has done its work. */
async function unlessEnded(client: LibvirtClient, target: Target, left: Left, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    const after = await readOwned(client, target, left);
    if (after !== undefined && after.active) throw error;
  }
}

const EBUSY = 16;
const isBusy = (error: unknown): boolean =>
  isLibvirtError(error, ErrorCode.SYSTEM_ERROR) && (error.int1 === EBUSY || /resource busy/.test(error.message));
