/** Which calls the hosts got: counted for good, the changing ones remembered for a while. For tests and for people. */
import type { Verb } from '../protocol.ts';

export interface LoggedCall {
  readonly host: string;
  readonly verb: Verb;
  /** Id and name of the machine, or the name of the disk or base. */
  readonly subjects: readonly string[];
  /** `Done`, or reason of the failure, or what a fault did. */
  readonly outcome: string;
}

const READING: ReadonlySet<Verb> = new Set(['facts', 'observe', 'inspect', 'locate', 'findBase', 'listBases', 'listDisks']);
const REMEMBERED = 10_000;

export class CallLog {
  readonly #counts = new Map<string, Map<Verb, number>>();
  /** A ring: the oldest is overwritten. */
  readonly #calls: LoggedCall[] = [];
  #next = 0;

  add(call: LoggedCall): void {
    const counts = this.#counts.get(call.host) ?? new Map<Verb, number>();
    this.#counts.set(call.host, counts.set(call.verb, (counts.get(call.verb) ?? 0) + 1));
    if (READING.has(call.verb)) return;
    this.#calls[this.#next] = call;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** By host and verb, since the start. */
  counts(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.#counts].map(([host, verbs]) => [host, Object.fromEntries(verbs)]));
  }

  /** The last calls that change things, oldest first; of one subject, when named. */
  calls(subject?: string): readonly LoggedCall[] {
    const inOrder = [...this.#calls.slice(this.#next), ...this.#calls.slice(0, this.#next)];
    return subject === undefined ? inOrder : inOrder.filter(({ subjects }) => subjects.includes(subject));
  }
}
