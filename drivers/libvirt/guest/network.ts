/** Has a guest read its network configuration again, in the way that its system has for that. */
import type { LibvirtClient } from 'node-libvirt';
import { GUEST_REFUSED, NETWORK_RESET_UNSUPPORTED } from '../../guest.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import type { Left } from '../time.ts';
import { run } from './exec.ts';
import { agentOf } from './verbs.ts';

/** Whoever knows better how a guest does it puts a program there. */
const OWN_PROGRAM = '/etc/hostler-reset-network';
/** `EX_UNAVAILABLE` of sysexits. */
const NO_WAY = 69;

/** The first that there is; each as its manual says. */
export const SCRIPT = `
has() { command -v "$1" >/dev/null 2>&1; }
if [ -x ${OWN_PROGRAM} ]; then exec ${OWN_PROGRAM}; fi
if has netplan; then exec netplan apply; fi
if has nmcli && nmcli general status >/dev/null 2>&1; then
  nmcli connection reload && nmcli networking off && exec nmcli networking on
fi
if has networkctl && networkctl reload 2>/dev/null; then exit 0; fi
if has ifreload; then exec ifreload -a; fi
if has ifup && [ -e /etc/network/interfaces ]; then ifdown -a; exec ifup -a; fi
exit ${NO_WAY}
`;

const LONGEST_WORDS = 300;

export async function resetGuestNetwork(client: LibvirtClient, target: Target, left: Left): Promise<void> {
  const { exitCode, errors } = await run(await agentOf(client, target, left), 'sh', ['-c', SCRIPT], left, true);
  if (exitCode === 0) return;
  if (exitCode === NO_WAY)
    throw new DriverError('Unsupported', `the guest has none of the programs that are known for it: put one at ${OWN_PROGRAM}`, {
      reason: NETWORK_RESET_UNSUPPORTED,
    });
  const words = errors.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, LONGEST_WORDS);
  throw new DriverError('InvalidSpec', `the guest could not read its network configuration again (${exitCode ?? 'a signal'}): ${words}`, {
    reason: GUEST_REFUSED,
  });
}
