/**
 * A world in miniature for the property tests: two hosts, one Instance, people and faults that interfere.
 *
 * It does what the real observe, steps and report do, as plainly as possible, and it can be killed before any step.
 * Whatever must never happen is checked at the moment it would.
 */
import { NEW_ROOT } from '../actions/new-root.ts';
import { plan } from '../plan.ts';
import { nextSignal } from '../shutdown.ts';
import type { Desired, MachineReading, Recorded, StepName, Steps, World } from '../types.ts';
import { GoesOn, SimulatedActions } from './simulated-actions.ts';
import { Faulty, Killed, refuse, Refused } from './simulated-faults.ts';
import { powerSteps, turn } from './simulated-power.ts';
import { lifecycleOf, withFailure, withoutOldFailure, withStopWithdrawn } from './simulated-record.ts';
import { SimulatedRescue } from './simulated-rescue.ts';
import { guestSteps } from './simulated-guest.ts';
import { elsewhereOf, ID, newHost, newMachine, runSeen, twinsOf, UID, type SimHost, type SimMachine } from './simulated-hosts.ts';
import { SimulatedLiveResizes, vcpusOf } from './simulated-live-resizes.ts';
import { isLayered, mergeBeside, SimulatedResizes } from './simulated-resizes.ts';
import { SimulatedRoots } from './simulated-roots.ts';
import { SimulatedShelf } from './simulated-shelf.ts';
import { NOTHING_RECORDED, desired } from './world.ts';

export class Simulation {
  now = 1_000_000;
  spec: Desired = desired();
  object: { deleting: boolean; finalizer: boolean } | undefined = { deleting: false, finalizer: false };
  record: Recorded = NOTHING_RECORDED;
  readonly hosts: ReadonlyMap<string, SimHost>;
  readonly #sharedPool: boolean;
  /** Steps that may still be taken before the operator is killed. */
  killIn = Number.POSITIVE_INFINITY;
  readonly rescue = new SimulatedRescue();
  readonly actions = new SimulatedActions();
  readonly #resizes = new SimulatedResizes();
  readonly shelf = new SimulatedShelf(this);
  readonly roots = new SimulatedRoots(this);
  readonly #sizes = new SimulatedLiveResizes();
  readonly done: string[] = [];
  #runs = 0;
  /** When this process last touched the machine; a killed one forgets. */
  #actedAt = 0;
  #missedAt: number | undefined;
  /** This process put the finalizer on. */
  #begun = false;
  /** When a host was left for another. */
  #left = new Map<string, number>();
  #looked: World['looked'] = { twins: undefined, disks: undefined, secret: { kind: 'NotAsked' }, rescue: undefined };

  /** `sharedPool`: both hosts have their disks in the same pool, and the Hypervisors say so. */
  constructor(sharedPool = false) {
    const shared = new Set<string>();
    this.#sharedPool = sharedPool;
    this.hosts = new Map(['host-a', 'host-b'].map((name) => [name, newHost(sharedPool ? shared : new Set())]));
  }

  /** One tick of every host that answers, or of one, and time goes on. */
  tick(only?: string): void {
    this.now += 10_000;
    for (const [name, host] of this.hosts) {
      if (host.silent || name !== (only ?? name)) continue;
      host.missed = host.machine === undefined ? host.missed + 1 : 0;
      host.seen = { at: this.now, machine: host.machine && { ...host.machine } };
    }
  }

  /** Its daemon is another one: the session is opened again, which observes it, and what was missed is counted anew. */
  restartDaemon(host: SimHost): void {
    host.boot += 1;
    if (host.machine?.power === 'Stopped') host.machine.powerReason = 'Unknown';
    if (host.silent) return;
    host.missed = host.machine === undefined ? 1 : 0;
    host.seen = { at: this.now, machine: host.machine && { ...host.machine } };
  }

  /** A pass of the controller: look, decide, act, and look again, until there is nothing to do at once. Returns the last plan. */
  pass(): ReturnType<typeof plan>['plan'] {
    this.followActions();
    this.#looked = { twins: undefined, disks: undefined, secret: { kind: 'NotAsked' }, rescue: undefined };
    try {
      for (let round = 0; round < 20; round += 1) {
        const decision = plan(this.observe());
        this.#report(decision.powerOff);
        if (decision.plan.kind === 'Settled') this.record = withStopWithdrawn(this.record, this.spec, this.now);
        this.record = withoutOldFailure(this.record, decision.plan);
        mergeBeside(decision.plan, this.hosts.get(this.record.hypervisorName ?? ''));
        if (decision.plan.kind !== 'Steps') return decision.plan;
        this.#resizes.beginPlan();
        for (const step of decision.plan.steps) {
          if (this.object === undefined) break;
          this.killIn -= 1;
          if (this.killIn < 0) throw new Killed();
          this.done.push(step);
          this.#take(step, decision.plan);
        }
        if (this.object === undefined || decision.plan.steps.includes('signal-shutdown')) return decision.plan;
      }
    } catch (error) {
      if (error instanceof Refused || error instanceof GoesOn) return { kind: 'Wait', reason: 'Refused', until: 'it was observed again' };
      if (error instanceof Faulty) {
        this.record = withFailure(this.record, error, this.now);
        return { kind: 'Wait', reason: 'Faulty', until: 'it is tried again' };
      }
      if (!(error instanceof Killed)) throw error;
      this.#actedAt = 0;
      this.#begun = false;
      this.#missedAt = undefined;
      this.#left.clear();
      this.killIn = Number.POSITIVE_INFINITY;
      // The next process has observed nothing yet.
      for (const host of this.hosts.values()) Object.assign(host, { seen: undefined, missed: 0 });
      return { kind: 'Wait', reason: 'Killed', until: 'the operator is back' };
    }
    throw new Error(`a pass without end: ${this.done.slice(-30).join(' ')}`);
  }

  /** As a restore from a backup does. */
  loseStatus(): void {
    this.followActions();
    this.record = NOTHING_RECORDED;
    this.#begun = false;
  }

  observe(): World {
    const { hypervisorName } = this.record;
    this.record = { ...this.record, resize: this.#resizes.standing(this.record, this.spec.flavorName) };
    const host = hypervisorName === undefined ? undefined : this.#host(hypervisorName);
    const machine = this.#read(host);
    if (machine.kind === 'Absent') this.#missedAt ??= this.now;
    else this.#missedAt = undefined;
    const others = [...this.hosts].filter(([name]) => name !== hypervisorName);
    return {
      now: this.now,
      identity: { clusterId: 'cluster', namespace: 'default', name: 'demo', uid: UID },
      deleting: this.object?.deleting ?? false,
      finalizer: this.object?.finalizer ?? false,
      statusLost: hypervisorName === undefined && this.record.lifecycle === undefined && !this.#begun && this.object?.finalizer === true,
      desired: this.#desired(),
      missing: [],
      record: this.record,
      host: host && {
        name: hypervisorName ?? '',
        contact: host.silent ? 'Silent' : 'Reachable',
        fenced: false,
        bootId: `boot-${host.boot}`,
      },
      machine,
      elsewhere: elsewhereOf(others, { since: this.#searchedSince(machine), left: this.#left, at: host?.seen?.at, actedAt: this.#actedAt }),
      looked: this.#looked,
      volumes: [],
      action: this.actions.next(this.record),
      shelf: this.shelf.state(),
      layered: isLayered(host),
      oldDrives: false,
    };
  }

  #searchedSince(machine: MachineReading): number | undefined {
    if (machine.kind === 'Absent') return this.#missedAt;
    if (machine.kind !== 'Present' || machine.machine.power !== 'Stopped') return undefined;
    const { powerOff } = this.record;
    return powerOff === undefined || powerOff.runId !== machine.machine.runId ? Number.POSITIVE_INFINITY : powerOff.observedAt;
  }

  #desired(): Desired {
    const asked = this.#sizes.desired(this.spec, this.record.resize !== undefined);
    return this.shelf.isOffloaded() ? { ...asked, makings: 'copy' } : asked;
  }

  /** The controllers of other kinds. */
  followActions(): void {
    const { reconcilePolicy, lock } = this.spec;
    this.actions.follow(this.record, this.object?.deleting === true || reconcilePolicy !== 'Reconcile' || lock !== undefined);
    this.shelf.follow(this.object?.deleting === true);
  }

  #read(host: SimHost | undefined): MachineReading {
    if (host === undefined || host.silent) return { kind: 'NotObserved' };
    // Once it has acted, or looked, a process goes by the machine itself rather than by the last tick.
    const fresh = this.#looked.twins !== undefined || this.#actedAt > (host.seen?.at ?? 0);
    const machine = fresh ? host.machine : host.seen?.machine;
    if (!fresh && host.seen === undefined) return { kind: 'NotObserved' };
    if (machine === undefined) return { kind: 'Absent', readings: Math.max(1, this.#actedAt > (host.seen?.at ?? 0) ? 1 : host.missed) };
    return { kind: 'Present', machine: { machineId: ID, busy: false, liveDrift: [], ...machine, ...this.#sizes.observed(machine) } };
  }

  /** What the controller would write into status. */
  #report(powerOff: Recorded['powerOff']): void {
    const machine = this.#read(this.record.hypervisorName === undefined ? undefined : this.#host(this.record.hypervisorName));
    const present = machine.kind === 'Present';
    const lifecycle = lifecycleOf(this.record, this.spec, this.now, present, present && this.record.machineId !== undefined);
    this.record = { ...this.record, powerOff, lifecycle };
    if (machine.kind !== 'Present') return;
    const { runId, power } = machine.machine;
    const host = this.#host(this.record.hypervisorName ?? '');
    this.roots.last = host.machine?.root ?? this.roots.last;
    this.record = {
      ...this.record,
      machineId: ID,
      run: this.#sizes.report(machine.machine, this.spec, runSeen(this.record.run, machine.machine, `boot-${host.boot}`)),
      shutdown: power === 'Running' ? this.record.shutdown : undefined,
      frozen: runId === this.record.frozen?.runId ? this.record.frozen : undefined,
      rescue: this.rescue.report(this.record.rescue, this.spec.rescue !== undefined, machine.machine, this.now),
    };
  }

  #take(step: StepName, how: Steps): void {
    const apart = this.#apart(how)[step];
    if (apart !== undefined) return apart();
    const host = this.hosts.get(this.record.hypervisorName ?? '');
    if (host === undefined || host.silent) throw new Error(`${step} on a host that is not known to answer`);
    this.#actedAt = this.now + 1;
    const onHost = this.#onHost(host, NEW_ROOT.has(how.operation))[step];
    if (onHost !== undefined) {
      onHost();
      return;
    }
    const { machine } = host;
    if (machine === undefined) throw new Refused(`${step} without a machine`);
    const taken = this.record;
    const resized = { machine, disks: host.disks, flavorName: this.spec.flavorName, now: this.now, record: this.record };
    const onMachine = this.#resizes.steps(resized, how)[step] ?? this.#onMachine(machine, host.disks, how)[step];
    if (onMachine === undefined) throw new Error(`no such step: ${step}`);
    onMachine();
    if (resized.record !== taken) this.record = resized.record;
  }

  /** Steps that change nothing on a host. */
  #apart({ twin, outcome, rescueEnd }: Steps): Partial<Record<StepName, () => void>> {
    const name = this.record.hypervisorName ?? '';
    const host = this.hosts.get(name);
    return {
      'look-for-twins': () => {
        this.#looked = { ...this.#looked, twins: twinsOf(name, host?.machine) };
      },
      'look-for-disks': () => {
        this.#looked = { ...this.#looked, disks: { rootExists: host?.disks.has(this.roots.last) ?? false } };
      },
      'read-secrets': () => {
        this.#looked = { ...this.#looked, secret: { kind: 'Read' } };
      },
      'add-finalizer': () => {
        this.#begun ||= this.object?.finalizer === false;
        if (this.object !== undefined) this.object.finalizer = true;
      },
      claim: () => {
        const { flavorName } = this.spec;
        const [imageName, makings] = [this.shelf.imageName(), this.shelf.isOffloaded() ? 'copy' : this.spec.makings];
        const [hypervisorName = 'host-a'] = [...this.hosts].filter(([, { silent }]) => !silent).map(([host]) => host);
        this.record = { ...this.record, hypervisorName, imageName, makings, flavorName };
      },
      follow: () => {
        const { run } = this.record;
        this.record = {
          ...this.record,
          hypervisorName: twin?.hypervisorName,
          machineId: twin?.machineId,
          run: run && { ...run, bootId: undefined },
        };
        this.#leave(name);
      },
      'begin-offload': () => this.shelf.begin(),
      'end-offload': () => {
        this.shelf.end();
        this.#leave(name);
      },
      'begin-action': () => {
        this.record = this.actions.begin(this.record, this.roots.begin());
      },
      'end-capture': () => this.actions.endCopy(this.record),
      'end-action': () => {
        this.record = this.actions.end(this.record, outcome);
      },
      'look-for-rescue': () => {
        this.#looked = { ...this.#looked, rescue: this.rescue.look() };
      },
      'begin-rescue': () => {
        this.record = { ...this.record, rescue: this.rescue.begin(this.spec) };
      },
      'end-rescue': () => {
        this.record = { ...this.record, rescue: this.rescue.end(this.record.rescue, rescueEnd) };
      },
      'end-reclaim': () => {
        const lifecycle = { softDeletedAt: this.now, reclaimed: true, shelvedAt: undefined, offload: undefined };
        this.record = { ...NOTHING_RECORDED, action: this.record.action, lifecycle };
      },
      'remove-finalizer': () => {
        if (this.object?.deleting === true) this.object = undefined;
      },
    };
  }

  /** What was observed there before counts for nothing any more. */
  #leave(host: string): void {
    this.#actedAt = 0;
    this.#missedAt = undefined;
    this.#left.set(host, this.now);
    this.#looked = { ...this.#looked, twins: undefined, disks: undefined };
  }

  #onHost(host: SimHost, rebuilds: boolean): Partial<Record<StepName, () => void>> {
    const { machine } = host;
    return {
      'remove-leftovers': () => {
        refuse(machine?.runId !== undefined, 'a machine that ran was removed as a left-over');
        host.machine = undefined;
        host.disks.clear();
      },
      'ensure-base': () => undefined,
      'update-live': () => undefined,
      ...this.roots.steps(host, rebuilds, () => this.#sharedWithTwin()),
      'write-config-drive': () => host.disks.add('config'),
      define: () => {
        refuse(machine === undefined && this.#livesBeside(machine), 'a second machine was made');
        const root = rebuilds ? this.roots.made(true) : (machine?.root ?? this.roots.last);
        refuse(!host.disks.has(root), 'defined without its disk');
        refuse(machine !== undefined && machine.root !== root && machine.power !== 'Stopped', 'another disk under a guest');
        if (machine === undefined) host.machine = newMachine(this.record, root);
        else {
          Object.assign(machine, { persistent: true, root });
          this.#resizes.define({ machine, disks: host.disks });
        }
      },
      undefine: () => {
        if (machine?.power === 'Running' || machine?.power === 'Paused') throw new Refused('it is on');
        host.machine = undefined;
      },
      'prove-gone': () => {
        if (machine !== undefined) throw new Refused('it is there');
      },
      ...this.rescue.onDisks(host.disks, machine?.role),
      'delete-disks': () => {
        refuse(machine !== undefined, 'disks deleted under a machine');
        if (this.#sharedWithTwin() && this.machinesOf().length > 0) return;
        refuse(this.#sharedPool && this.#livesBeside(machine), 'disks deleted under a machine that lives elsewhere');
        host.disks.clear();
      },
    };
  }

  #onMachine(machine: SimMachine, disks: Set<string>, how: Steps): Partial<Record<StepName, () => void>> {
    const { operation, restarts, runId } = how;
    return {
      ...guestSteps(this, machine, how, Refused),
      ...this.#sizes.steps(machine, this.spec),
      ...powerSteps(machine, () => this.#livesBeside(machine)),
      'start-paused': () => {
        if (machine.power === 'Running' || machine.power === 'Paused') return;
        refuse(this.#livesBeside(machine), 'started while it lives elsewhere');
        if (machine.role === 'rescue' && this.rescue.fails === 'AtStart') throw new Faulty(operation);
        turn(machine, ['Stopped'], 'Paused', 'User');
        this.#runs += 1;
        this.shelf.writes += 1;
        Object.assign(machine, {
          runId: runId ?? `run-${this.#runs}`,
          bootHash: this.spec.bootHash,
          vcpus: vcpusOf(this.spec.bootHash),
          filtered: false,
        });
        if (restarts !== undefined) this.record = { ...this.record, restarts };
        if (this.spec.resize === undefined && this.record.resize === undefined)
          this.record = { ...this.record, flavorName: this.spec.flavorName };
      },
      ...this.rescue.onMachine(machine, disks),
      'signal-shutdown': () => {
        this.record = { ...this.record, shutdown: nextSignal(this.record.shutdown, this.now) };
      },
      capture: () => this.actions.copy(this.record),
      'inject-nmi': () => {
        turn(machine, ['Running'], 'Running', 'User');
        this.actions.interrupt(this.record);
      },
    };
  }

  machinesOf(): readonly SimMachine[] {
    return [...this.hosts.values()].flatMap(({ machine }) => (machine === undefined ? [] : [machine]));
  }

  #livesBeside(machine: SimMachine | undefined): boolean {
    return this.machinesOf().some((other) => other !== machine && (other.power === 'Running' || other.power === 'Paused'));
  }

  #sharedWithTwin(): boolean {
    return (
      this.#sharedPool && [...this.hosts].some(([name, { seen }]) => name !== this.record.hypervisorName && seen?.machine !== undefined)
    );
  }

  disks(): readonly string[] {
    return [...this.hosts].flatMap(([name, { disks }]) => [...disks].map((disk) => `${name}/${disk}`));
  }

  #host(name: string): SimHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }
}
