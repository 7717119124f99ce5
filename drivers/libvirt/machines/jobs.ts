/** Work of the host on a machine: while it goes on the machine is left alone. */
import { performance } from 'node:perf_hooks';
import { DomainJobType, ErrorCode, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { Left } from '../time.ts';
import { child, children, parseXml, type XmlElement } from '../xml.ts';

/** Longer than a host that is well takes to tell. */
const ANSWER_MS = 1_000;

interface Question {
  readonly answer: Promise<boolean>;
  readonly askedAt: number;
}

/** What was asked and is not answered: a guest that hangs holds up the answer, and each question more would take a worker of the daemon. */
const questions = new WeakMap<LibvirtClient, Map<string, Question>>();

/** A migration, save or dump; a machine of which the host cannot tell in a moment counts as busy. One that is off has none. */
export function hasJob(client: LibvirtClient, uuid: string, left: Left): Promise<boolean> {
  const { answer, askedAt } = question(client, uuid);
  const waitMs = Math.max(0, Math.min(left().timeoutMs, askedAt + ANSWER_MS - performance.now()));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(true), waitMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function question(client: LibvirtClient, uuid: string): Question {
  const open = questions.get(client) ?? new Map<string, Question>();
  questions.set(client, open);
  const asked = open.get(uuid) ?? { answer: askForJob(client, uuid).finally(() => open.delete(uuid)), askedAt: performance.now() };
  open.set(uuid, asked);
  return asked;
}

async function askForJob(client: LibvirtClient, uuid: string): Promise<boolean> {
  try {
    const { type } = await client.domains.jobInfo({ uuid }, { timeoutMs: Number.POSITIVE_INFINITY });
    return type === DomainJobType.BOUNDED || type === DomainJobType.UNBOUNDED;
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.OPERATION_INVALID, ErrorCode.OPERATION_UNSUPPORTED, ErrorCode.NO_SUPPORT)) return false;
    // Whether there is such a machine is told by others: it may have been defined since this was asked.
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return false;
    // Somebody else waits for the guest, and has for long.
    if (isLibvirtError(error, ErrorCode.OPERATION_TIMEOUT)) return true;
    throw error;
  }
}

/** A disk that is being copied says so in the definition of what runs. */
export const hasBlockJob = (xml: string): boolean => isMirrored(parseXml('domain', xml));

export const isMirrored = (domain: XmlElement): boolean =>
  children(child(domain, 'devices'), 'disk').some((disk) => child(disk, 'mirror') !== undefined);

/** Either of them. */
export async function isAtWork(client: LibvirtClient, uuid: string, left: Left): Promise<boolean> {
  const [job, xml] = await Promise.all([hasJob(client, uuid, left), client.domains.xml({ uuid }, left())]);
  return job || hasBlockJob(xml);
}
