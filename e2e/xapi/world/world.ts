/** A pool as its toolstack knows it: the objects, who is connected, what is being done, and what is scripted to go wrong. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { Faults } from '../faults/faults.ts';
import { Store } from '../store/store.ts';
import { dateTime } from '../wire/date-time.ts';
import { Feed } from './feed.ts';
import { Sessions, type Credentials } from './sessions.ts';
import { sleep, Tasks, type Task } from './task.ts';

export interface WorldOptions {
  readonly credentials: Credentials;
  readonly now?: () => number;
}

/** How long work takes, in milliseconds, by the name of its message; `*` for all others. */
export type Durations = Readonly<Record<string, number>>;

export class World {
  readonly store = new Store();
  readonly faults = new Faults();
  readonly feed = new Feed(this.store);
  readonly sessions: Sessions;
  readonly tasks: Tasks;
  readonly now: () => number;
  durations: Durations = { '*': 5 };

  constructor({ credentials, now = Date.now }: WorldOptions) {
    this.now = now;
    this.sessions = new Sessions(this.store, credentials, now);
    this.tasks = new Tasks(this.store, now);
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

  /** Lets the time pass that the message takes, unless its task ends first. */
  async work(method: string, task: Task): Promise<void> {
    await sleep(this.durations[method] ?? this.durations['*'] ?? 0, task);
  }
}
