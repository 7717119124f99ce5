/** Kills of the operator at exact places of an operation: before the n-th change of the host, or right after one was made. */
import { expect } from '@jest/globals';
import type { Guest } from './guest.ts';
import type { RpcProxy, Trap } from './rpc-proxy.ts';
import type { Scenario } from './scenario.ts';

/** Each kill costs a restart of the operator and a boot of the guest. */
export const LOOP_TIMEOUT_MS = 600_000;
/** More than any operation has; the loop ends when a trap no longer springs. */
const MOST_CHANGES = 40;

export type Place = Omit<Trap, 'spring'>;

/** Where a process is killed, of several that follow one another. `BeforeCall` of the first such change, unless it says otherwise. */
export interface Turn extends Partial<Place> {
  readonly only: string;
  /** What befalls the host while nobody is there. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** What is done again and again, and killed at another place each time; `at` is the number of that time, counted from 1. */
export interface Operation {
  /** Changes of the host that it must consist of, among others. */
  readonly changes: readonly string[];
  readonly begin: (at: number) => Promise<unknown>;
  readonly isDone: (at: number) => Promise<boolean>;
  /** Until then it is finished, after a kill too; what must be true then; and what makes it ready to be done again. */
  readonly after: (at: number) => Promise<unknown>;
}

export class Kills {
  private readonly scenario: Scenario;
  private readonly proxy: RpcProxy;

  constructor(scenario: Scenario, proxy: RpcProxy) {
    this.scenario = scenario;
    this.proxy = proxy;
  }

  /** Does `begin` and kills the operator when the trap springs; undefined when the operation ended before it did. */
  async at(place: Place, begin: () => Promise<unknown>, done: () => Promise<boolean>): Promise<string | undefined> {
    const change = await this.die(place, begin, done);
    if (change !== undefined) await this.scenario.restartOperator();
    return change;
  }

  /**
   * One operation, begun once: each process goes on with what those before it left, until it is killed at its own place, and
   * the last one is to finish. Fails where the operation ended before a process came to its place.
   */
  async inTurn(turns: readonly Turn[], begin: () => Promise<unknown>, done: () => Promise<boolean>): Promise<void> {
    let goOn = begin;
    for (const { meanwhile, ...place } of turns) {
      expectKilledIn(await this.die({ at: 1, moment: 'BeforeCall', ...place }, goOn, done), place.only);
      await meanwhile?.();
      goOn = () => this.scenario.restartOperator();
    }
    await goOn();
  }

  /** Its process, in the middle of an operation, right after the host has done that change for the first time; the operator lives. */
  async qemuDiesAt(guest: Guest, only: string, begin: () => Promise<unknown>): Promise<void> {
    let isHit = false;
    this.proxy.set({ at: 1, moment: 'AfterReply', only, spring: () => (isHit = true) });
    await begin();
    await this.scenario.eventually(`${only} to be done`, () => isHit);
    await killQemu(guest);
    this.proxy.mend();
  }

  private async die(place: Place, begin: () => Promise<unknown>, done: () => Promise<boolean>): Promise<string | undefined> {
    let change: string | undefined;
    this.proxy.set({
      ...place,
      spring: (name) => {
        change = name;
        this.scenario.operator.killNow();
      },
    });
    try {
      await begin();
      await this.scenario.eventually('a kill, or the end', async () => change !== undefined || (await done()));
      if (change !== undefined) await this.operatorIsDead();
    } finally {
      this.proxy.mend();
    }
    return change;
  }

  /**
   * Before each of their changes: before the first of each operation, one operation after the other, then before the second of
   * each, and so on until all end unharmed. What one leaves, the next begins with. Fails where one did not consist of its changes.
   */
  async beforeEvery(...operations: readonly Operation[]): Promise<void> {
    const killedAt = operations.map((): string[] => []);
    await killBeforeEvery(async (at) => {
      let first: string | undefined;
      for (const [index, operation] of operations.entries()) {
        const change = await this.in(operation, at);
        if (change !== undefined) killedAt[index]?.push(change);
        first ??= change;
      }
      return first;
    });
    expectKilledAt(killedAt, operations);
  }

  private async in({ begin, isDone, after }: Operation, at: number): Promise<string | undefined> {
    const change = await this.at(
      { at, moment: 'BeforeCall' },
      () => begin(at),
      () => isDone(at),
    );
    await after(at);
    return change;
  }

  operatorIsDead(): Promise<true> {
    return this.scenario.eventually('the operator to be dead', () => (this.scenario.operator.isRunning ? undefined : (true as const)));
  }
}

/** Its guest ends without a word. */
export async function killQemu(guest: Guest): Promise<void> {
  const name = (await guest.virsh.run('domname', guest.uuid)).trim();
  await guest.host.exec(['sh', '-c', `kill -9 "$(cat /run/libvirt/qemu/${name}.pid)"`]);
  await guest.waitForState(/^shut off/);
}

/** Kills before the first change, before the second, and so on until the operation ends unharmed. */
export async function killBeforeEvery(operation: (at: number) => Promise<string | undefined>): Promise<readonly string[]> {
  const killedAt: string[] = [];
  for (let at = 1; at <= MOST_CHANGES; at += 1) {
    const change = await operation(at);
    if (change === undefined) return killedAt;
    killedAt.push(change);
  }
  throw new Error(`no end after ${MOST_CHANGES} changes: ${killedAt.join(', ')}`);
}

function expectKilledIn(change: string | undefined, only: string): void {
  expect(change).toBe(only);
}

function expectKilledAt(killedAt: readonly (readonly string[])[], operations: readonly Operation[]): void {
  expect(killedAt).toEqual(operations.map(({ changes }) => expect.arrayContaining([...changes])));
}

/** One domain, and no volume that it does not name. */
export async function expectOneMachine(guest: Guest): Promise<void> {
  const domains = await guest.virsh.domains();
  expect(domains.filter(({ uuid }) => uuid === guest.uuid)).toHaveLength(1);
  const disks = (await guest.virsh.run('domblklist', guest.uuid)).split('\n').filter((line) => line.includes(guest.uuid));
  expect(await guest.volumes()).toHaveLength(disks.length);
}
