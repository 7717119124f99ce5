/** The verbs that talk to the agent in a guest. A job on the machine is no reason not to: a snapshot freezes while it runs. */
import type { LibvirtClient } from 'node-libvirt';
import { GUEST_REFUSED, type GuestPassword, type GuestReport } from '../../guest.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { notFound, readFresh, readOwned, refused } from '../machines/fresh.ts';
import type { Left } from '../time.ts';
import { Agent } from './agent.ts';
import { readReport } from './report.ts';

export async function readGuest(client: LibvirtClient, machineId: string, left: Left): Promise<GuestReport> {
  const fresh = await readFresh(client, machineId, left);
  if (fresh === undefined) throw notFound(machineId);
  if (fresh.power !== 'Running') throw refused(fresh, 'ask');
  return readReport(new Agent(client, machineId, left));
}

export async function setGuestPassword(
  client: LibvirtClient,
  target: Target,
  { user, password }: GuestPassword,
  left: Left,
): Promise<void> {
  const agent = await agentOf(client, target, left);
  try {
    await agent.ask('guest-set-user-password', { username: user, password: Buffer.from(password).toString('base64'), crypted: false });
  } catch (error) {
    throw withoutGuestsWords(error, user);
  }
}

/** A guest that fails may repeat what it was given. */
function withoutGuestsWords(error: unknown, user: string): unknown {
  if (!(error instanceof DriverError) || error.reason !== GUEST_REFUSED) return error;
  return new DriverError(
    'InvalidSpec',
    `the guest refused to set the password of ${user}: is there such a user, and may the password be so?`,
    {
      reason: GUEST_REFUSED,
    },
  );
}

export async function freezeGuest(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const agent = await agentOf(client, target, left);
  // A second time it would be refused: frozen, an agent takes few commands.
  if ((await agent.ask('guest-fsfreeze-status')) !== 'frozen') await agent.ask('guest-fsfreeze-freeze');
}

export async function thawGuest(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const fresh = await readOwned(client, target, left);
  if (fresh === undefined || !fresh.active) return;
  if (fresh.power !== 'Running') throw refused(fresh, 'thaw');
  await new Agent(client, target.machineId, left).ask('guest-fsfreeze-thaw');
}

/** Of our running machine. */
export async function agentOf(client: LibvirtClient, target: Target, left: Left): Promise<Agent> {
  const fresh = await readOwned(client, target, left);
  if (fresh === undefined) throw notFound(target.machineId);
  if (fresh.power !== 'Running') throw refused(fresh, 'ask');
  return new Agent(client, target.machineId, left);
}
