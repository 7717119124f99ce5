/**
 * Which machines have a disk, of all on the host: ours and others', in their definitions or as they run. Every definition is
 * read, each time: what is remembered of them could be from before somebody plugged the disk in, past us, and two guests
 * that write to one disk destroy it. But only those that name it at all are looked into: of hundreds that is one, or none.
 */
import { DomainXml, ErrorCode, isLibvirtError, type Domain, type LibvirtClient } from 'node-libvirt';
import type { DiskRef } from '../../contract.ts';
import { mirrorOfDisk, pathOfDisk } from '../domain/view.ts';
import { diskElements } from '../domain/volumes.ts';
import { pathsOf, type Pools } from '../storage/pools.ts';
import { eachOf, type Left } from '../time.ts';
import { parseXml } from '../xml.ts';

const READS_AT_ONCE = 32;
const NOT_RUNNING = -1;

/** By path or pool; what is copied to just now is used, too. */
export async function diskUsers(
  { client, pools }: { readonly client: LibvirtClient; readonly pools: Pools },
  { pool, name }: DiskRef,
  left: Left,
): Promise<readonly string[]> {
  const has = lookFor(pathsOf(await pools.withDisks(pool, left), name));
  const found = await eachOf(await client.domains.list(left()), READS_AT_ONCE, async (domain) =>
    (await definitionsOf(client, domain, left)).some(has) ? [domain.name] : [],
  );
  return found.flat();
}

/** Of what is to start, and of what runs; of a machine that is gone meanwhile, none. */
async function definitionsOf(client: LibvirtClient, domain: Domain, left: Left): Promise<readonly string[]> {
  const read = (flags: number): Promise<string> => client.domains.xml(domain, { flags, ...left() });
  try {
    return await Promise.all([read(DomainXml.INACTIVE), ...(domain.id === NOT_RUNNING ? [] : [read(0)])]);
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return [];
    throw error;
  }
}

/** Whether a definition has a disk at one of the paths, which are in the words of `pathOfDisk`. */
export function lookFor(paths: ReadonlySet<string>): (definition: string) => boolean {
  const words = [...paths].map(wordOf);
  return (definition) =>
    words.some((word) => definition.includes(word)) &&
    diskElements(parseXml('domain', definition)).some((disk) => paths.has(pathOfDisk(disk)) || paths.has(mirrorOfDisk(disk) ?? ''));
}

/** What stands in an attribute of every definition that has the path, whichever way it is written: the longest plain part of its end. */
function wordOf(path: string): string {
  // Of one on the network the protocol is said apart, and of one in a pool the pool.
  const end = path.slice(Math.max(path.lastIndexOf('/'), path.startsWith('/') ? -1 : path.indexOf(':')) + 1);
  // XML writes these, and all beyond ASCII, in more ways than one.
  return end.split(/[^\w.:+-]/).reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
