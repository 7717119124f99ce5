/** How a fake host can be reached: whether it takes connections, answers on them, and which there are. */
export interface Connection {
  /** Ends it; `reason` is for the log of the other end. */
  drop(reason: string): void;
}

/** What waits while the host stalls; more is lost, as on a host whose queues are full. */
const MAX_WAITING = 100_000;

export class Door {
  #state: 'Open' | 'Stalled' | 'Shut' = 'Open';
  readonly #connections = new Set<Connection>();
  #waiting: (() => void)[] = [];

  get isShut(): boolean {
    return this.#state === 'Shut';
  }

  enter(connection: Connection): void {
    this.#connections.add(connection);
  }

  leave(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Does the work now, or when the host answers again. */
  pass(work: () => void): void {
    if (this.#state !== 'Stalled') work();
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(work);
  }

  breakAll(reason: string): void {
    for (const connection of this.#connections) connection.drop(reason);
  }

  stall(): void {
    this.#state = 'Stalled';
  }

  shut(): void {
    this.#state = 'Shut';
    this.#waiting = [];
    this.breakAll('the host is down');
  }

  open(): void {
    this.#state = 'Open';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) work();
  }

  /** Ends a stall; a host that is down stays so. */
  resume(): void {
    if (this.#state === 'Stalled') this.open();
  }
}
