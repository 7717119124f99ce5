/** What the server is doing for somebody: an object of its own if it was asked for as `Async.`, else only a key of `current_operations`. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { Store } from '../store/store.ts';
import { dateTime } from '../wire/date-time.ts';
import { asFailure, failure, type Failure } from '../wire/failure.ts';

export interface Task {
  readonly ref: Ref;
  /** Aborted with the failure that ends the work: cancelled, or the toolstack went down. */
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  progress(fraction: number): void;
}

/** When tasks that ended are forgotten. */
const KEPT_MILLISECONDS = 65 * 60_000;

export class Tasks {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #running = new Map<Ref, AbortController>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** A task that nobody sees but as key of an operation. */
  hidden(method: string): Task {
    const ref = `DummyRef:|${randomUUID()}|task=${method}`;
    const controller = new AbortController();
    this.#running.set(ref, controller);
    return { ref, signal: controller.signal, progress: () => undefined };
  }

  begin(name: string, description: string, host: Ref): Task {
    return this.adopt(this.make(name, description, host));
  }

  /** A task that nothing works on yet: clients make them for transfers. */
  make(name: string, description: string, host: Ref): Ref {
    this.#forgetOld();
    return this.#store.create('task', {
      name_label: name,
      name_description: description,
      created: dateTime(this.#now()),
      status: 'pending',
      resident_on: host,
      type: '<none/>',
      allowed_operations: ['cancel', 'destroy'],
    });
  }

  /** The work goes on; nobody will hear what became of it. */
  destroy(ref: Ref): void {
    this.#store.destroy('task', ref);
  }

  /** The handle of a task that is there already. @throws HANDLE_INVALID */
  adopt(ref: Ref): Task {
    this.#store.get('task', ref);
    const controller = this.#running.get(ref) ?? new AbortController();
    this.#running.set(ref, controller);
    return { ref, signal: controller.signal, progress: (progress) => this.#store.updateIfThere('task', ref, { progress }) };
  }

  succeed({ ref }: Task, result: string): void {
    this.#running.delete(ref);
    this.#end(ref, { status: 'success', progress: 1, result });
  }

  fail({ ref, signal }: Task, error: unknown): void {
    this.#running.delete(ref);
    const { description, code } = asFailure(error);
    this.#end(ref, { status: signal.aborted && code === 'TASK_CANCELLED' ? 'cancelled' : 'failure', progress: 1, error_info: description });
  }

  /** Of a hidden task. */
  release({ ref }: Task): void {
    this.#running.delete(ref);
  }

  /** @throws OPERATION_NOT_ALLOWED for one that has ended */
  cancel(ref: Ref): void {
    const { status } = this.#store.get('task', ref);
    if (status !== 'pending') throw failure('OPERATION_NOT_ALLOWED', `task is not pending but ${status}`);
    const controller = this.#running.get(ref);
    // A task that a client made and that nothing works on: there is nobody to end it.
    if (controller === undefined) {
      this.#end(ref, { status: 'cancelled', error_info: failure('TASK_CANCELLED', ref).description });
      return;
    }
    this.#store.update('task', ref, { allowed_operations: ['destroy'] });
    controller.abort(failure('TASK_CANCELLED', ref));
  }

  /** Ends the work of whatever task, for that reason. */
  abort(ref: Ref, reason: Failure): void {
    this.#running.get(ref)?.abort(reason);
  }

  /** Work ends where it stands, and nobody remembers that it was begun. */
  forgetAll(reason: Failure): void {
    for (const [ref, controller] of this.#running) {
      this.#running.delete(ref);
      controller.abort(reason);
    }
    for (const [ref] of this.#store.all('task')) this.#store.destroy('task', ref);
  }

  #end(ref: Ref, change: Parameters<Store['update']>[2]): void {
    const current = this.#store.find('task', ref);
    if (current?.status !== 'pending') return;
    this.#store.update('task', ref, { ...change, finished: dateTime(this.#now()), allowed_operations: ['destroy'] });
  }

  #forgetOld(): void {
    const before = dateTime(this.#now() - KEPT_MILLISECONDS);
    for (const [ref, { status, finished }] of this.#store.all('task')) {
      if (status !== 'pending' && finished < before) this.#store.destroy('task', ref);
    }
  }
}

/** @throws what the task's signal was aborted with */
export async function sleep(milliseconds: number, { signal }: Pick<Task, 'signal'>): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds <= 0) return;
  try {
    await delay(milliseconds, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
