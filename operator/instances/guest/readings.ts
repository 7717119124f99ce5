/**
 * What the agents in guests tell, asked beside the passes: a guest that hangs holds no worker, and nobody waits for it.
 *
 * A pass says that it would like to know; when there is something new to tell, the Instance is looked at again. Of one host
 * few are asked at once, the others in turn. Nothing here is known to another process: it asks anew.
 */
import { isDeepStrictEqual } from 'node:util';
import type { GuestReport } from '../../../drivers/guest.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host } from '../../hypervisors/host.ts';
import type { Clock } from '../../kernel/clock.ts';

export type AgentState =
  | { readonly kind: 'Answers'; readonly report: GuestReport }
  /** `reason` is CamelCase, for the condition. */
  | { readonly kind: 'Silent'; readonly reason: string; readonly message: string };

export interface GuestReading {
  /** Run of the guest that was asked. */
  readonly runId: string | undefined;
  /** What the host said of the agent's channel then. */
  readonly channel: 'Connected' | 'Disconnected' | undefined;
  readonly agent: AgentState;
}

/** Whose guest is asked, and where. */
export interface GuestQuestion {
  readonly uid: string;
  /** Key of the Instance. */
  readonly key: string;
  readonly host: Host;
  readonly machineId: string;
  readonly runId: string | undefined;
}

interface Entry {
  readonly reading?: GuestReading;
  readonly asking?: AbortController;
  /** Questions in a row that were not answered. */
  readonly misses: number;
  /** Monotonic milliseconds. */
  readonly dueAt: number;
}

const AT_ONCE = 2;
/** Above the 5 s that libvirt waits for an agent: it is the guest that hangs then, not the host. */
const ASK_MS = 8_000;
const INTERVAL_MS = 60_000;
const FIRST_MISS_MS = 5_000;
const UNASKED: Entry = { misses: 0, dueAt: Number.NEGATIVE_INFINITY };
export const AGENT_NOT_CONNECTED = 'NotConnected';

export class GuestReadings {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #news: (key: string) => void;
  readonly #byUid = new Map<string, Entry>();
  /** By host: how many are being asked, and who is next. */
  readonly #turns = new Map<string, { running: number; readonly waiting: GuestQuestion[] }>();

  /** `news` is called with the key of an Instance of whose guest there is something new to tell. */
  constructor(clock: Clock, random: () => number, news: (key: string) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#news = news;
  }

  get size(): number {
    return this.#byUid.size;
  }

  /** What was read last of this run; undefined: nothing yet. */
  of(uid: string, runId: string | undefined): GuestReading | undefined {
    const reading = this.#byUid.get(uid)?.reading;
    return reading?.runId === runId ? reading : undefined;
  }

  /** Asks, if it is time to, or the host says of the channel what it did not before. Returns in how many milliseconds to come back. */
  ask(question: GuestQuestion, channel: GuestReading['channel']): number {
    const { uid, runId } = question;
    const entry = this.#byUid.get(uid) ?? UNASKED;
    const now = this.#clock.monotonic();
    const { reading } = entry;
    const other = reading !== undefined && (reading.runId !== runId || (channel !== undefined && channel !== reading.channel));
    if (entry.asking === undefined && (other || entry.dueAt <= now)) {
      this.#byUid.set(uid, { ...entry, asking: new AbortController(), dueAt: now + INTERVAL_MS });
      this.#enqueue(question);
    }
    return Math.max(FIRST_MISS_MS, (this.#byUid.get(uid) ?? entry).dueAt - now);
  }

  /** The Instance is gone, or its guest is not to be asked any more. */
  forget(uid: string): void {
    this.#byUid.get(uid)?.asking?.abort(new DriverError('Unknown', 'nobody asks any more', { reason: 'Aborted' }));
    this.#byUid.delete(uid);
  }

  #enqueue(question: GuestQuestion): void {
    const { name } = question.host;
    const turns = this.#turns.get(name) ?? { running: 0, waiting: [] };
    this.#turns.set(name, turns);
    turns.waiting.push(question);
    if (turns.running < AT_ONCE) void this.#serve(name, turns);
  }

  async #serve(name: string, turns: { running: number; readonly waiting: GuestQuestion[] }): Promise<void> {
    turns.running += 1;
    for (let next = turns.waiting.shift(); next !== undefined; next = turns.waiting.shift()) await this.#askOne(next);
    turns.running -= 1;
    if (turns.running === 0 && turns.waiting.length === 0) this.#turns.delete(name);
  }

  /** Never rejects. */
  async #askOne(question: GuestQuestion): Promise<void> {
    const { uid, key } = question;
    const asking = this.#byUid.get(uid)?.asking;
    if (asking === undefined) return;
    const reading = await readingOf(question, asking.signal);
    const entry = this.#byUid.get(uid);
    // Forgotten meanwhile, and perhaps begun anew.
    if (entry?.asking !== asking) return;
    const misses = reading?.agent.kind === 'Answers' ? 0 : entry.misses + 1;
    const wait = misses === 0 ? INTERVAL_MS : Math.min(FIRST_MISS_MS * 2 ** (misses - 1), INTERVAL_MS);
    const dueAt = this.#clock.monotonic() + wait * (0.8 + this.#random() / 5);
    const known = reading ?? entry.reading;
    this.#byUid.set(uid, { ...(known && { reading: known }), misses, dueAt });
    if (reading !== undefined && !isDeepStrictEqual(reading, entry.reading)) this.#news(key);
  }
}

/** Undefined: the host could not be asked, which says nothing of the guest. */
async function readingOf({ host, machineId, runId }: GuestQuestion, signal: AbortSignal): Promise<GuestReading | undefined> {
  let channel: GuestReading['channel'];
  try {
    channel = (await host.machine(machineId, signal))?.guestAgent;
    if (channel === 'Disconnected') return { runId, channel, agent: NOT_CONNECTED };
    const report = await host.act('Guest', ASK_MS, signal, (driver, call) => driver.readGuest(machineId, call));
    return { runId, channel, agent: { kind: 'Answers', report } };
  } catch (error) {
    if (!(error instanceof DriverError) || !SAYS_OF_THE_GUEST.has(error.label)) return undefined;
    return { runId, channel, agent: { kind: 'Silent', reason: error.reason, message: error.message } };
  }
}

const NOT_CONNECTED: AgentState = {
  kind: 'Silent',
  reason: AGENT_NOT_CONNECTED,
  message: 'no agent runs in the guest: install qemu-guest-agent in it, and start it',
};

/** A busy host is `Conflict`, one that is silent has a label of its own. */
const SAYS_OF_THE_GUEST: ReadonlySet<string> = new Set(['Transient', 'Unsupported', 'InvalidSpec']);
