/** Several processes, one Lease, and everything that can go wrong between them: never do two act at once. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { ApiClient } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Clock } from '../clock.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { connectionLost, MemoryApi } from '../testing/memory-api.ts';
import { MemoryLogger } from '../testing/memory-logger.ts';
import { LeaseElector } from './elector.ts';
import { DEFAULT_LEASE_TIMES } from './lease.ts';

/** What the network does to one process. `Late`: the caller gets no answer, and the request is done many seconds later. */
type Network = 'Fine' | 'Refuses' | 'LosesAnswers' | 'Slow' | 'Late';

/** How much faster or slower than the world a process's clocks go: more than any real one. */
const MAX_DRIFT = 0.04;

/** A process: its own clocks, which may be set and stand still, its own way to the API server, its elector. */
class Process {
  readonly elector: LeaseElector;
  network: Network = 'Fine';
  /** When `Late`: after how long the request is done. */
  lateness = 7_000;
  dead = false;
  private readonly world: ManualClock;
  private readonly api: MemoryApi;
  private readonly offset: number;
  private readonly rate: number;
  /** How far the wall clock was set ahead (or back). */
  private set = 0;
  /** How long it slept: its monotonic clock does not know. */
  private slept = 0;
  private frozenAt: number | undefined;
  private missed: (() => void)[] = [];

  constructor(identity: string, rate: number, world: ManualClock, api: MemoryApi) {
    this.rate = rate;
    this.world = world;
    this.api = api;
    this.offset = identity.length * 12_345;
    const client = { find: this.way('find'), create: this.way('create'), mergePatch: this.way('mergePatch') } as unknown as ApiClient;
    const options = { client, clock: this.clock(), log: new MemoryLogger(), random: () => 0.5, namespace: 'hostler', name: 'main' };
    this.elector = new LeaseElector({ ...options, identity, times: DEFAULT_LEASE_TIMES });
    this.elector.start();
  }

  get awake(): boolean {
    return !this.dead && this.frozenAt === undefined;
  }

  /** Stands still, as a suspended machine does: no code runs, no timer rings, the monotonic clock waits. */
  freeze(): void {
    this.frozenAt ??= this.world.monotonic();
  }

  thaw(): void {
    if (this.frozenAt === undefined) return;
    this.slept += this.world.monotonic() - this.frozenAt;
    this.frozenAt = undefined;
    for (const ring of this.missed.splice(0)) ring();
  }

  setClock(ms: number): void {
    this.set += ms;
  }

  private clock(): Clock {
    return {
      now: () => this.world.now() * this.rate + this.set,
      monotonic: () => ((this.frozenAt ?? this.world.monotonic()) - this.slept) * this.rate + this.offset,
      after: (ms, callback) => {
        const ring = (): void => {
          if (this.dead) return;
          if (this.frozenAt === undefined) callback();
          else this.missed.push(ring);
        };
        const timer = this.world.after(ms / this.rate, ring);
        return {
          cancel: () => {
            timer.cancel();
            this.missed = this.missed.filter((other) => other !== ring);
          },
        };
      },
    };
  }

  private way(method: 'find' | 'create' | 'mergePatch') {
    return async (...args: readonly unknown[]): Promise<unknown> => {
      const send = () => (this.api[method] as (...all: readonly unknown[]) => Promise<unknown>)(...args);
      if (this.dead) return new Promise(() => undefined);
      switch (this.network) {
        case 'Fine':
          return this.arrive(await send());
        case 'Refuses':
          throw connectionLost();
        case 'LosesAnswers':
          await send();
          throw connectionLost();
        case 'Slow':
          await new Promise<void>((resolve) => this.world.after(2_000, resolve));
          const answer = await send();
          await new Promise<void>((resolve) => this.world.after(2_900, resolve));
          return this.arrive(answer);
        case 'Late':
          this.world.after(this.lateness, () => void send().catch(() => undefined));
          await new Promise<void>((resolve) => this.world.after(5_000, resolve));
          await this.arrive(undefined);
          throw new ApiError('no answer', { code: 0, reason: 'DeadlineExceeded' });
      }
    };
  }

  /** Nothing arrives in a process that stands still. */
  private async arrive<A>(answer: A): Promise<A> {
    while (this.frozenAt !== undefined || this.dead)
      await new Promise<void>((resolve) => (this.dead ? undefined : this.missed.push(resolve)));
    return answer;
  }
}

type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'network'; readonly who: number; readonly network: Network; readonly lateness: number }
  | { readonly do: 'freeze' | 'thaw' | 'release' | 'kill'; readonly who: number }
  | { readonly do: 'sleep'; readonly who: number; readonly ms: number }
  | { readonly do: 'setClock'; readonly who: number; readonly ms: number };

const who = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 200, max: 12_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('network' as const),
      who,
      network: fc.constantFrom<Network>('Fine', 'Fine', 'Refuses', 'LosesAnswers', 'Slow', 'Late'),
      lateness: fc.constantFrom(6_000, 15_000, 25_000, 40_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('freeze' as const, 'thaw' as const, 'release' as const, 'kill' as const), who }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sleep' as const), who, ms: fc.integer({ min: 1_000, max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('setClock' as const), who, ms: fc.integer({ min: -60_000, max: 60_000 }) }) },
);

/**
 * One thing nobody here can notice: a machine that sleeps, and whose clock was set back since the last renewal by as much.
 * So machines sleep in one half of the worlds, and clocks are set back in the other.
 */
function plausible(steps: readonly Step[], sleeps: boolean): readonly Step[] {
  return sleeps
    ? steps.map((action) => (action.do === 'setClock' ? { ...action, ms: Math.abs(action.ms) } : action))
    : steps.filter((action) => action.do !== 'sleep' && action.do !== 'freeze');
}

const TICK_MS = 500;
/** Deadlines of the calls that processes make as often as they may. */
const DEADLINES = [500, 3_000, 9_000, 14_000];

test('property: two processes never act at once, and somebody does once all is well', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.double({ min: -MAX_DRIFT, max: MAX_DRIFT, noNaN: true }),
      fc.boolean(),
      async (steps, drift, sleeps) => {
        const world = new ManualClock();
        const api = new MemoryApi(() => world.now());
        let born = 0;
        const birth = (): Process => new Process(`process-${'x'.repeat((born += 1))}`, 1 + (born % 2 === 0 ? drift : -drift), world, api);
        const places = [birth(), birth()];
        /** Calls under way: whose, and until when the hypervisor may still be at it. */
        let acts: { readonly by: Process; readonly until: number }[] = [];
        const look = (): void => {
          acts = acts.filter(({ until }) => until > world.monotonic());
          for (const process of places) {
            if (!process.awake) continue;
            for (const deadline of DEADLINES) {
              if (!process.elector.mayAct(deadline)) continue;
              expect(acts.filter(({ by }) => by !== process)).toHaveLength(0);
              acts.push({ by: process, until: world.monotonic() + deadline });
            }
          }
          expect(places.filter((process) => process.awake && process.elector.mayAct(0)).length).toBeLessThanOrEqual(1);
        };
        const pass = async (ms: number): Promise<void> => {
          for (let left = ms; left > 0; left -= TICK_MS) {
            await world.advance(TICK_MS);
            look();
          }
        };
        const perform = async (action: Step): Promise<void> => {
          if (action.do === 'wait') return pass(action.ms);
          const process = places[action.who];
          if (process === undefined) return undefined;
          switch (action.do) {
            case 'network':
              process.network = action.network;
              process.lateness = action.lateness;
              return undefined;
            case 'freeze':
              return process.freeze();
            case 'thaw':
              process.thaw();
              return look();
            case 'sleep':
              process.freeze();
              await pass(action.ms);
              process.thaw();
              return look();
            case 'setClock':
              return process.setClock(action.ms);
            case 'release':
              // In order: the last call has ended, then it gives the lease back; then the Pod is replaced.
              if (!process.awake) return undefined;
              void process.elector.release().finally(() => (process.dead = true));
              acts = acts.filter(({ by }) => by !== process);
              places[action.who] = birth();
              await settled();
              return look();
            case 'kill':
              process.dead = true;
              places[action.who] = birth();
              return undefined;
          }
        };
        for (const action of plausible(steps, sleeps)) await perform(action);
        for (const process of places) {
          process.network = 'Fine';
          process.thaw();
        }
        await pass(45_000);
        expect(places.filter(({ elector }) => elector.mayAct(3_000))).toHaveLength(1);
      },
    ),
    { numRuns: Number(process.env['KERNEL_LEASE_RUNS'] ?? 250) },
  );
}, 120_000);
