/** All fake hosts of one process, and the script that rules them. */
import type { SentEvent } from '../protocol.ts';
import { doAct, type Act } from './acts.ts';
import { CallLog } from './call-log.ts';
import { Door } from './door.ts';
import { Faults } from './faults.ts';
import { FakeHost, type HostChange } from './host.ts';
import { sampleLatency, type Latency } from './latency.ts';
import { isOn } from './machine.ts';
import { seededRandom, type Random } from './random.ts';
import { setPower } from './runs.ts';
import type { Script } from './script.ts';
import type { Timers } from './timers.ts';

/** More are a mistake of whoever names them. */
const MAX_HOSTS = 10_000;

/** Told of every change; see journal.ts. */
export type WorldListener = (host: FakeHost, change: HostChange) => void;

export class World {
  readonly timers: Timers;
  /** For what nobody waits for: acts of the timeline that were refused. */
  readonly log: (line: string) => void;
  readonly faults = new Faults();
  readonly calls = new CallLog();
  readonly #hosts = new Map<string, FakeHost>();
  readonly #doors = new Map<string, Door>();
  readonly #timeline = new Set<() => void>();
  #listener: WorldListener = () => undefined;
  #script: Script = {};
  #random: Random = seededRandom(0);

  constructor(timers: Timers, log: (line: string) => void) {
    this.timers = timers;
    this.log = log;
  }

  onChange(listener: WorldListener): void {
    this.#listener = listener;
  }

  /** A host that is not there yet is made. */
  host(name: string): FakeHost {
    const there = this.#hosts.get(name);
    if (there !== undefined) return there;
    if (this.#hosts.size >= MAX_HOSTS) throw new Error(`there are ${MAX_HOSTS} fake hosts already`);
    const host = new FakeHost(name, {
      timers: this.timers,
      guests: () => this.#script.guests ?? [],
      changed: (changed, change) => this.#listener(changed, change),
    });
    this.#hosts.set(name, host);
    return host;
  }

  hosts(): readonly FakeHost[] {
    return [...this.#hosts.values()];
  }

  door(hostName: string): Door {
    const door = this.#doors.get(hostName) ?? new Door();
    this.#doors.set(hostName, door);
    return door;
  }

  get script(): Script {
    return this.#script;
  }

  /** Adds to the script that rules now; see script.ts for what replaces what. */
  addScript(script: Script): void {
    const { latency, faults = [], hosts = {}, timeline = [], seed } = script;
    this.#script = { ...this.#script, ...script, latency: { ...this.#script.latency, ...latency } };
    if (seed !== undefined) this.#random = seededRandom(seed);
    this.faults.add(faults);
    for (const [name, shape] of Object.entries(hosts)) this.host(name).reshape(shape);
    for (const { atMs, do: act } of timeline) this.#later(atMs, () => this.#attempt(act));
  }

  /** From now on everything is instant and goes well; what hangs goes on hanging. */
  clearScript(): void {
    this.#script = {};
    this.faults.clear();
    for (const cancel of this.#timeline) cancel();
    this.#timeline.clear();
  }

  /** Milliseconds that the verb takes this time. */
  latencyOf(verb: string): number {
    const { latency } = this.#script;
    return latency === undefined ? 0 : this.#sample(latency[verb] ?? latency['*'] ?? 0);
  }

  /** Hands an event on as the script says: late, twice, or not at all. */
  deliver(event: SentEvent, send: (event: SentEvent) => void): void {
    const rule = this.#script.events;
    if (rule === undefined) return send(event);
    if (this.#random() < (rule.loseRatio ?? 0)) return;
    const copies = this.#random() < (rule.doubleRatio ?? 0) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.timers.after(this.#sample(rule.delay ?? 0), () => send(event));
  }

  /** The host restarts: what ran is off, and why is not known. */
  reboot(host: FakeHost): void {
    for (const machine of host.machines()) if (isOn(machine)) setPower(host, machine, { power: 'Stopped', reason: 'Unknown' });
    this.restartDaemon(host);
  }

  restartDaemon(host: FakeHost): void {
    host.newBoot();
    this.door(host.name).breakAll('the daemon was restarted');
  }

  #sample(latency: Latency): number {
    return sampleLatency(latency, this.#random);
  }

  #attempt(act: Act): void {
    try {
      doAct(this, act);
    } catch (error) {
      this.log(`timeline: ${act.act} on ${act.host}: ${String(error)}`);
    }
  }

  #later(ms: number, act: () => void): void {
    const cancel = this.timers.after(ms, () => {
      this.#timeline.delete(cancel);
      act();
    });
    this.#timeline.add(cancel);
  }
}
