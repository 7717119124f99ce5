/**
 * Finds and removes what a test run left behind that was killed before it could clean up.
 */
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tryRun } from './command.ts';
import { clearHost, HOST_RECORD, type HostRecord, readHostRecord } from './libvirt-host.ts';
import { allProcesses, endProcesses, isOwnerAlive } from './processes.ts';

export type Extent =
  /** What belongs to a run that is over. */
  | 'LeftOvers'
  /** Whatever is there, the demo and running tests too. */
  | 'Everything';

/** Clears the environments below a directory; the files of libvirt hosts go too, other files stay. Returns the names of the processes it ended. */
export async function clearEnvironments(root: string, extent: Extent): Promise<readonly string[]> {
  const isDoomed = (owner: string | undefined) => extent === 'Everything' || isLeftOver(owner);
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

/** What has no owner was started by hand, as the demo is, and is never left over. */
function isLeftOver(owner: string | undefined): boolean {
  return owner !== undefined && !isOwnerAlive(owner);
}

/** Every libvirt host below a directory, running or not. */
function findHosts(root: string): readonly HostRecord[] {
  if (!existsSync(root)) return [];
  return globSync(`**/${HOST_RECORD}`, { cwd: root }).map((file) => readHostRecord(dirname(join(root, file))));
}
