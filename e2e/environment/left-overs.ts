/**
 * Finds and removes what a test run left behind that was killed before it could clean up.
 */
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tryRun } from './command.ts';
import { clearHost, HOST_RECORD, type HostRecord, readHostRecord } from './libvirt-host.ts';
import { allProcesses, endProcesses, isOwnerAlive } from './processes.ts';

/** Whether what that run started is to go; undefined: it was started by hand, as the demo is. */
export type IsDoomed = (owner: string | undefined) => boolean;

/** What belongs to a run that is over. */
export const leftOver: IsDoomed = (owner) => owner !== undefined && !isOwnerAlive(owner);

/** The demo and running tests too. */
export const everything: IsDoomed = () => true;

/** Clears the environments below a directory; the files of libvirt hosts go too, other files stay. Returns the names of the processes it ended. */
export async function clearEnvironments(root: string, isDoomed: IsDoomed): Promise<readonly string[]> {
  const doomed = allProcesses().filter(({ dir, owner }) => (dir === root || dir.startsWith(`${root}/`)) && isDoomed(owner));
  await endProcesses(doomed, 0);
  // Network devices outlive the processes of their host.
  for (const { dir, owner, uplink } of findHosts(root)) {
    if (!isDoomed(owner)) continue;
    await clearHost({ dir, ...(uplink === undefined ? {} : { uplink }) });
    if (uplink !== undefined) await tryRun('ip', ['link', 'del', uplink.bridge]);
  }
  return doomed.map(({ dir, name }) => `${name} of ${dir}`);
}

/** Every libvirt host below a directory, running or not. */
function findHosts(root: string): readonly HostRecord[] {
  if (!existsSync(root)) return [];
  return globSync(`**/${HOST_RECORD}`, { cwd: root }).map((file) => readHostRecord(dirname(join(root, file))));
}
