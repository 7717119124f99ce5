/** Holding a guest's file systems still for a moment, by its agent. They are let go of whatever happens. */
import { LibvirtError, type Domain, type LibvirtClient } from 'node-libvirt';
import type { CaptureSpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { ownTime, type Left } from '../time.ts';

/** For writing everything out. */
const FREEZE_MS = 30_000;
const THAW_MS = 15_000;

/** Does `act` while they are held, where they are to be; resolves with whether they were. */
export async function whileQuiet(
  client: LibvirtClient,
  domain: Domain,
  quiesce: CaptureSpec['quiesce'],
  act: () => Promise<void>,
  left: Left,
): Promise<boolean> {
  if (quiesce === 'Never') {
    await act();
    return false;
  }
  // An earlier attempt may have been cut off while it held them: an agent that does so refuses to do it again.
  await letGo(client, domain, left);
  let held = false;
  try {
    held = await freeze(client, domain, quiesce, left);
    await act();
    return held;
  } finally {
    // Also after a call that was given up: it goes on in the daemon.
    await letGo(client, domain, ownTime(THAW_MS));
  }
}

/** A guest without an agent, or whose agent does not answer, holds none. */
export async function letGo(client: LibvirtClient, domain: Domain, left: Left): Promise<void> {
  try {
    await client.backups.thaw(domain, left());
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
  }
}

async function freeze(client: LibvirtClient, domain: Domain, quiesce: 'Preferred' | 'Required', left: Left): Promise<boolean> {
  const { signal, timeoutMs } = left();
  try {
    await client.backups.freeze(domain, { signal, timeoutMs: Math.min(timeoutMs, FREEZE_MS) });
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    if (quiesce === 'Preferred') return false;
    const words = error instanceof Error ? error.message : String(error);
    throw new DriverError('Unsupported', `the guest's agent does not hold its file systems still: ${words}`, {
      cause: error,
      reason: 'QuiesceFailed',
    });
  }
}
