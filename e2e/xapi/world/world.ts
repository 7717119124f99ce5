/** A pool as its toolstack knows it: the objects, who is connected, what is being done, and what is scripted to go wrong. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { Faults } from '../faults/faults.ts';
import { Store } from '../store/store.ts';
import { dateTime } from '../wire/date-time.ts';
import { failure } from '../wire/failure.ts';
import type { BlockDevice } from './blocks.ts';
import { Feed } from './feed.ts';
import { Guests } from './guests.ts';
import { Sessions, type Credentials } from './sessions.ts';
import { sleep, Tasks, type Task } from './task.ts';

export interface WorldOptions {
  readonly credentials: Credentials;
  readonly now?: () => number;
}

/** How long work takes, in milliseconds, by the name of its message; `*` for all others. */
export type Durations = Readonly<Record<string, number>>;

/** @throws Failure, XENAPI_PLUGIN_FAILURE say */
export type Plugin = (args: Readonly<Record<string, string>>) => string;

export class World {
  readonly store = new Store();
  readonly faults = new Faults();
  readonly feed = new Feed(this.store);
  readonly sessions: Sessions;
  readonly tasks: Tasks;
  readonly now: () => number;
  readonly guests = new Guests();
  /** The bytes of disks, by the reference of the VDI. */
  readonly disks = new Map<Ref, BlockDevice>();
  /** Plugins of the control domain, `name.function`: none unless a test installs them. */
  readonly plugins = new Map<string, Plugin>();
  durations: Durations = { '*': 5 };
  /** Whether parents of disks with one child are merged. */
  coalescing = true;
  /** Whether failed transfers say 200 and then what went wrong in the body. */
  errorsInBody = false;
  scheme: 'http' | 'https' = 'http';
  port = 80;
  #lastDomain = 0;

  constructor({ credentials, now = Date.now }: WorldOptions) {
    this.now = now;
    this.sessions = new Sessions(this.store, credentials, now);
    this.tasks = new Tasks(this.store, now);
  }

  /** Called when connections must break: by whoever serves them. */
  onBreak: () => void = () => undefined;

  /** Another host is the master: connections break, and sessions are over. */
  changeMaster(host: Ref): void {
    this.store.update('pool', this.poolRef, { master: host });
    this.sessions.endAll();
    this.onBreak();
  }

  /** VMs run on; tasks, sessions and connections are gone. */
  restartToolstack(): void {
    this.tasks.forgetAll(failure('INTERNAL_ERROR', 'the toolstack went down'));
    for (const [ref, vm] of this.store.all('VM')) {
      if (Object.keys(vm.current_operations).length > 0) this.store.update('VM', ref, { current_operations: {} });
    }
    this.sessions.endAll();
    this.onBreak();
  }

  nextDomain(): number {
    this.#lastDomain += 1;
    return this.#lastDomain;
  }

  /** Of a host with that address, as it stands in locations. */
  authority(address: string): string {
    return this.port === (this.scheme === 'http' ? 80 : 443) ? address : `${address}:${this.port}`;
  }

  get poolRef(): Ref {
    return this.store.all('pool')[0]?.[0] ?? '';
  }

  get pool(): RecordOf<'pool'> {
    return this.store.get('pool', this.poolRef);
  }

  get dateTime(): string {
    return dateTime(this.now());
  }

  /** @throws what the task's signal was aborted with */
  async nextChange({ signal }: Task): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal.reason as Error);
    const end = this.store.listen(resolve);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      end();
      signal.removeEventListener('abort', abort);
    }
  }

  /** Lets the time pass that the message takes, unless its task ends first. */
  async work(method: string, task: Task): Promise<void> {
    await sleep(this.durations[method] ?? this.durations['*'] ?? 0, task);
  }
}
