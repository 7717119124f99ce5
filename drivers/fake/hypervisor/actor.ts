/** Carries out one request in time: the script's latency, then the verb, with the fault that the script has for it. */
import { DriverError } from '../../labels.ts';
import { isOwnedBy } from '../../owner.ts';
import type { Ask, Verb } from '../protocol.ts';
import type { Fault } from './faults.ts';
import type { FakeHost } from './host.ts';
import { perform, sentError, subjectsOf } from './verbs.ts';
import type { World } from './world.ts';

/** What the client gets: an answer, a failure, nothing ever, or a broken connection. */
export type Reaction = { readonly ok: unknown } | { readonly error: ReturnType<typeof sentError> } | 'Silence' | 'Dropped';

/** Verbs that the host does as a job, during which the machine is busy. */
const JOBS: Partial<Record<Verb, string>> = {
  suspendToDisk: 'Save',
  restoreFromDisk: 'Restore',
  captureBase: 'Backup',
  swapVolume: 'Copy',
};

export function react<V extends Verb>(world: World, host: FakeHost, verb: V, ask: Ask<V>, then: (reaction: Reaction) => void): void {
  const call = { host: host.name, verb, subjects: subjectsOf(host, verb, ask) };
  const fault = world.faults.none ? undefined : world.faults.take(call);
  const finish = (reaction: Reaction, outcome: string) => {
    world.calls.add({ ...call, outcome });
    then(reaction);
  };
  const run = () => {
    if (fault !== undefined && fault.when !== 'After') return finish(faulty(fault), fault.do);
    const reaction = attempt(host, verb, ask);
    const outcome = 'ok' in reaction ? 'Done' : reaction.error.reason;
    return fault === undefined ? finish(reaction, outcome) : finish(faulty(fault), `${outcome}, then ${fault.do}`);
  };
  const delay = world.latencyOf(verb);
  if (delay === 0) return run();
  const endJob = beginJob(host, verb, ask);
  world.timers.after(delay, () => {
    endJob();
    run();
  });
}

function attempt<V extends Verb>(host: FakeHost, verb: V, ask: Ask<V>): Exclude<Reaction, string> {
  try {
    return { ok: perform(host, verb, ask) };
  } catch (error) {
    return { error: sentError(error) };
  }
}

function faulty(fault: Fault): Reaction {
  switch (fault.do) {
    case 'Hang':
      return 'Silence';
    case 'Drop':
      return 'Dropped';
    case 'Fail': {
      const { label = 'Transient', reason, message = 'the script says so' } = fault;
      return { error: sentError(new DriverError(label, message, reason === undefined ? {} : { reason })) };
    }
  }
}

/** Only on a machine that is idle; returns what ends the job, if it is still that one. */
function beginJob(host: FakeHost, verb: Verb, ask: Ask<Verb>): () => void {
  const job = JOBS[verb];
  if (!('target' in ask)) return () => undefined;
  const machine = host.get(ask.target.machineId);
  if (job === undefined || machine === undefined || machine.job !== undefined || !isOwnedBy(machine.owner, ask.target))
    return () => undefined;
  host.put({ ...machine, job });
  return () => {
    const later = host.get(machine.machineId);
    if (later?.job !== job) return;
    const { job: _job, ...idle } = later;
    host.put(idle);
  };
}
