/**
 * Choosing a host by what is free on it now. What hosts told of their pools may be old, for guests fill them past everybody:
 * a host is read again before it is chosen where its reading is old, and where it fits but for room in its pool.
 */
import { within } from '../kernel/timers.ts';
import { schedule } from '../scheduler/schedule.ts';
import type { NoFit, Placement, PlacementRequest } from '../scheduler/types.ts';
import { candidates, placementRequest } from './candidates.ts';
import type { Pass } from './pass.ts';

/** So old may be what is known of the host that is chosen, and of one that was full. */
const OLD_MS = 60_000;
/** And of one where room was promised since. */
const PROMISED_MS = 10_000;
/** For the readings of one pass: a host that takes longer is judged by what it told before. */
const READ_MS = 3_000;
/** Where many are full, others are read by a later pass. */
const MOST_READ = 8;

export async function place(pass: Pass, excluded: readonly string[]): Promise<Placement | NoFit> {
  const { services, scene, call } = pass;
  const request = placementRequest(scene, excluded, services);
  const asked = new Set<string>();
  const endsAt = services.clock.monotonic() + READ_MS;
  for (;;) {
    const answer = schedule(request, candidates(services));
    const names = answer.kind === 'Placement' ? olderThan(pass, [answer.hypervisorName], OLD_MS) : fullOnes(pass, request, answer);
    const next = names.filter((name) => !asked.has(name)).slice(0, MOST_READ - asked.size);
    const timeLeft = endsAt - services.clock.monotonic();
    if (request.diskBytes === 0 || next.length === 0 || timeLeft <= 0) return answer;
    for (const name of next) asked.add(name);
    // What a reading fails of shows elsewhere.
    const readings = next.map(async (name) => services.hosts.get(name)?.readFacts(call.signal));
    await within(services.clock, timeLeft, Promise.allSettled(readings));
    call.signal.throwIfAborted();
  }
}

/** Those that fit but for room, and may have it by now: first those where it was promised, which nobody may have used. */
function fullOnes(pass: Pass, request: PlacementRequest, { refused }: NoFit): readonly string[] {
  const { services } = pass;
  if ((refused['Disk'] ?? 0) === 0) return [];
  const fits = candidates(services).filter((host) => schedule({ ...request, diskBytes: 0 }, [host]).kind === 'Placement');
  const names = fits.map(({ name }) => name).toSorted((a, b) => readAt(pass, a) - readAt(pass, b));
  const promised = names.filter((name) => services.promises.on(name, services.hosts.get(name)?.factsAt()).size > 0);
  return [...new Set([...olderThan(pass, promised, PROMISED_MS), ...olderThan(pass, names, OLD_MS)])];
}

const readAt = ({ services }: Pass, name: string): number => services.hosts.get(name)?.factsAt() ?? Number.NEGATIVE_INFINITY;

const olderThan = (pass: Pass, names: readonly string[], ms: number): readonly string[] => {
  const now = pass.services.clock.monotonic();
  return names.filter((name) => now - readAt(pass, name) > ms && pass.services.hosts.get(name)?.reachability().status === 'True');
};
