/** Looks at machines for the InstanceActions that ask for no more than that. Outside the passes of Instances: nobody waits for anybody. */
import type { Instance } from '../../../crds/instance.ts';
import type { InstanceAction } from '../../../crds/instance-action.ts';
import { OBSERVATION_LIMITS, type ObservationName } from '../../../crds/vocabulary.ts';
import type { Host, Hosts } from '../../hypervisors/host.ts';
import type { Clock } from '../../kernel/clock.ts';
import { timestamp } from '../../kernel/status/conditions.ts';
import type { ActionOutcome, Observed } from '../plan.ts';
import { consoleText } from './console-text.ts';
import { type Around, countersOf } from './counters.ts';
import { pictureOf } from './picture.ts';
import { afterFailure, isAttempt, planObservation, refusalOf, type ObservationPlan } from './plan.ts';

export interface ObserverOptions {
  readonly clusterId: string;
  readonly hosts: Hosts;
}

/** What an action that only looks asks for. */
export interface Observation {
  readonly key: string;
  readonly action: InstanceAction;
  readonly what: ObservationName;
  readonly instance: Instance | undefined;
}

type Look = Extract<ObservationPlan, { readonly kind: 'Look' }>;

/** With what goes to a host and back. */
const LOOK_MS = 8_000;
const AGAIN_MS = 2_000;

export class Observer {
  readonly #options: ObserverOptions;
  readonly #clock: Clock;
  /** By key; of those that are tried again. */
  readonly #attempts = new Map<string, { readonly uid: string; readonly count: number }>();

  constructor(options: ObserverOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Undefined: it is finished. `againMs`: when to come back. */
  async outcomeOf(
    asked: Observation,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: ActionOutcome; readonly againMs?: number } | undefined> {
    const { action, instance } = asked;
    const plan = planObservation(action, instance, (name) => this.#options.hosts.get(name)?.reachability().status === 'True');
    if (plan === undefined) return undefined;
    if (plan.kind === 'Tell') return { outcome: plan.outcome };
    const host = this.#options.hosts.get(plan.hypervisorName);
    const begunAt = timestamp(this.#clock.now());
    try {
      const outcome = host && (await this.#look(host, plan, asked, signal));
      this.forget(asked.key);
      return outcome && { outcome: { ...outcome, instanceUid: plan.instanceUid, startedAt: begunAt } };
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#failed(error, plan, asked);
    }
  }

  /** The action is gone. */
  forget(key: string): void {
    this.#attempts.delete(key);
  }

  async #look(
    host: Host,
    { machineId, instanceUid }: Look,
    { action, what, instance }: Observation,
    signal: AbortSignal,
  ): Promise<ActionOutcome> {
    const machine = await host.machine(machineId, signal);
    const refusal = refusalOf(what, machine, { clusterId: this.#options.clusterId, uid: instanceUid });
    if (refusal !== undefined) return refusal;
    const run = instance?.status?.run;
    const startedAt = run !== undefined && run.id === machine?.owner?.runId ? { startedAt: run.startedAt } : {};
    const power = machine?.power === 'Paused' ? 'Paused' : 'Running';
    const observed = await see(what, { host, machineId, action, around: { driver: host.driver.kind, power, ...startedAt }, signal });
    return { phase: 'Succeeded', reason: 'Observed', message: `status.${Object.keys(observed).join()} has what was seen`, observed };
  }

  #failed(error: unknown, { hypervisorName, instanceUid }: Look, { key, action }: Observation) {
    const { uid } = action.metadata;
    const before = this.#attempts.get(key);
    const count = before?.uid === uid ? before.count + 1 : 1;
    const told = afterFailure(error, count, hypervisorName);
    if (told.phase === 'Failed') this.forget(key);
    else if (isAttempt(told)) this.#attempts.set(key, { uid, count });
    return { outcome: { ...told, instanceUid }, ...(told.phase === 'Pending' ? { againMs: AGAIN_MS } : {}) };
  }
}

interface Sight {
  readonly host: Host;
  readonly machineId: string;
  readonly action: InstanceAction;
  readonly around: Around;
  readonly signal: AbortSignal;
}

async function see(what: ObservationName, { host, machineId, action, around, signal }: Sight): Promise<Observed> {
  switch (what) {
    case 'Diagnostics': {
      const diagnostics = await host.act('Read', LOOK_MS, signal, (driver, call) => driver.readDiagnostics(machineId, call));
      return { diagnostics: countersOf(diagnostics, around) };
    }
    // What reads a folder, or draws with a guest that hangs, may take long: no other reading on the host is to be judged by that.
    case 'ConsoleLog': {
      const { bytes = OBSERVATION_LIMITS.consoleBytes } = action.spec.consoleLog ?? {};
      const tail = await host.act('Guest', LOOK_MS, signal, (driver, call) => driver.readConsoleLog(machineId, bytes, call));
      return { consoleLog: consoleText(tail, action.spec.consoleLog) };
    }
    case 'Screenshot': {
      const screenshot = await host.act('Guest', LOOK_MS, signal, (driver, call) => driver.takeScreenshot(machineId, call));
      return { screenshot: await pictureOf(screenshot) };
    }
  }
}
