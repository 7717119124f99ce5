/** Steps that tell a running guest, through its agent, what its config drive would tell it at the next start. */
import { METADATA_FILE, NETWORK_INFO_FILE } from '../../../crds/vocabulary.ts';
import type { GuestFile } from '../../../drivers/guest.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { encoded } from '../configdrive/guest-config.ts';
import { networkConfig } from '../configdrive/network-config.ts';
import type { Pass } from '../pass.ts';
import { bareConfigOf } from './config-drive.ts';
import { asked } from './guest.ts';
import { changes, targetOf, WORK_MS } from './host.ts';

/** As netplan and cloud-init read it. Netplan warns of files that everybody may read. */
export function writeNetworkInfo(pass: Pass): Promise<undefined> {
  refuseWindows(pass);
  const { path = NETWORK_INFO_FILE } = asked(pass).injectNetworkInfo ?? {};
  return write(pass, { path, content: encoded(`{"network":${networkConfig(bareConfigOf(pass).interfaces)}}\n`), mode: '0600' });
}

export function writeMetadata(pass: Pass): Promise<undefined> {
  refuseWindows(pass);
  const { path = METADATA_FILE } = asked(pass).injectMetadata ?? {};
  return write(pass, { path, content: encoded(`${JSON.stringify(bareConfigOf(pass).metadata)}\n`), mode: '0644' });
}

export async function resetNetwork(pass: Pass): Promise<undefined> {
  refuseWindows(pass);
  await changes(pass, 'Guest', WORK_MS, (driver, call) => driver.resetGuestNetwork(targetOf(pass), call));
  return undefined;
}

async function write(pass: Pass, file: GuestFile): Promise<undefined> {
  await changes(pass, 'Guest', WORK_MS, (driver, call) => driver.writeGuestFile(targetOf(pass), file, call));
  return undefined;
}

/** It has neither such files nor such programs. */
function refuseWindows({ scene, plan }: Pass): void {
  if (scene.wanted.os !== 'Windows') return;
  throw new DriverError('Unsupported', `${plan.operation} is for guests of Linux: the Image says that this one is of Windows`, {
    reason: 'GuestSystemUnsupported',
  });
}
