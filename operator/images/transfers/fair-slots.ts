/** The slots of each host for transfers, given out as `fairness.ts` decides, and taken back where it says so. */
import { DriverError } from '../../../drivers/labels.ts';
import { type Claim, nextMove, type Work } from './fairness.ts';

/** A slot that is held. */
export interface Turn {
  /** Aborts when the slot has to be given back before its holder is done. */
  readonly signal: AbortSignal;
  /** Gives it back. */
  end(): void;
}

/** A place in the queue of one host. It is kept while a turn is had, so that whoever gives way is not the last again. */
export interface Place {
  /** Rejects with the signal's reason. One at a time. */
  turn(signal: AbortSignal): Promise<Turn>;
}

/** Namespaces of which it is known, of each host, when they had a slot last. */
const REMEMBERED = 1000;

interface Ticket extends Claim {
  state: Claim['state'];
  readonly granted: () => void;
  readonly revoke: AbortController;
}

export class FairSlots {
  readonly #limit: number;
  readonly #hosts = new Map<string, Set<Ticket>>();
  /** By host and namespace, the one that was given a slot last at the end; of hosts that somebody wants one of. */
  readonly #served = new Map<string, Map<string, number>>();
  #order = 0;
  #grants = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  join(hostName: string, namespace: string, work: Work): Place {
    this.#order += 1;
    const order = this.#order;
    return { turn: (signal) => this.#turn(hostName, { namespace, work, order }, signal) };
  }

  #turn(hostName: string, claim: Omit<Claim, 'state'>, signal: AbortSignal): Promise<Turn> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const revoke = new AbortController();
      const end = (): void => this.#leave(hostName, ticket);
      const onAbort = (): void => {
        end();
        reject(signal.reason as Error);
      };
      const granted = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve({ signal: revoke.signal, end });
      };
      const ticket: Ticket = { ...claim, state: 'Waiting', granted, revoke };
      signal.addEventListener('abort', onAbort, { once: true });
      const tickets = this.#hosts.get(hostName) ?? new Set();
      this.#hosts.set(hostName, tickets.add(ticket));
      this.#settle(hostName, tickets);
    });
  }

  #leave(hostName: string, ticket: Ticket): void {
    const tickets = this.#hosts.get(hostName);
    if (tickets?.delete(ticket) !== true) return;
    if (tickets.size === 0) this.#hosts.delete(hostName);
    this.#settle(hostName, tickets);
  }

  #settle(hostName: string, tickets: ReadonlySet<Ticket>): void {
    const served = this.#served.get(hostName) ?? new Map<string, number>();
    if (tickets.size === 0) this.#served.delete(hostName);
    else this.#served.set(hostName, served);
    const next = (): ReturnType<typeof nextMove<Ticket>> => nextMove([...tickets], this.#limit, (namespace) => served.get(namespace) ?? 0);
    for (let move = next(); move !== undefined; move = next()) {
      const { kind, claim } = move;
      claim.state = kind === 'Grant' ? 'Holding' : 'Leaving';
      if (kind === 'Grant') {
        this.#noteServed(served, claim.namespace);
        claim.granted();
      } else claim.revoke.abort(new DriverError('Unknown', 'Another namespace waits for the host', { reason: 'Aborted' }));
    }
  }

  #noteServed(served: Map<string, number>, namespace: string): void {
    this.#grants += 1;
    served.delete(namespace);
    served.set(namespace, this.#grants);
    const [oldest] = served.keys();
    if (served.size > REMEMBERED && oldest !== undefined) served.delete(oldest);
  }
}
