/** What goes wrong, by script: calls that fail, hang, break off or take their time, as often as the script says. */
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../wire/failure.ts';
import { textOf } from '../wire/text.ts';

export interface Fault {
  /** `VM.start` for the work of both forms, `Async.VM.start` for the call that begins the task, `VM.*` for a class, `*` for all. */
  readonly method: string;
  /** Only calls one of whose parameters is this text, say a reference. */
  readonly about?: string;
  /** How often: 1 unless said otherwise. */
  readonly times?: number;
  /** Whether the work is done nevertheless: not, unless said so. */
  readonly when?: 'Before' | 'After';
  readonly do:
    /** `$1` and so on stand for the parameters of the call, without the session. */
    | { readonly fail: readonly [code: string, ...parameters: string[]] }
    | { readonly delayMilliseconds: number }
    /** No answer, ever. */
    | 'Hang'
    /** The connection breaks. */
    | 'Drop';
}

/** Breaks the connection of the call. */
export class Dropped extends Error {}

interface Active {
  readonly fault: Fault;
  left: number;
}

export class Faults {
  #active: Active[] = [];
  /** Methods that were called, with their parameters as text, newest last; as many as asked for. */
  readonly calls: string[] = [];
  #recorded = 0;

  /** @returns what takes it back */
  add(fault: Fault): () => void {
    const active = { fault, left: fault.times ?? 1 };
    this.#active.push(active);
    return () => {
      this.#active = this.#active.filter((one) => one !== active);
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** Keeps the names of so many calls in `calls`. */
  record(last: number): void {
    this.#recorded = last;
    this.calls.length = 0;
  }

  note(method: string): void {
    if (this.#recorded === 0) return;
    this.calls.push(method);
    if (this.calls.length > this.#recorded) this.calls.shift();
  }

  async before(method: string, parameters: readonly unknown[]): Promise<void> {
    await this.#play('Before', method, parameters);
  }

  async after(method: string, parameters: readonly unknown[]): Promise<void> {
    await this.#play('After', method, parameters);
  }

  async #play(when: 'Before' | 'After', method: string, parameters: readonly unknown[]): Promise<void> {
    if (this.#active.length === 0) return;
    const active = this.#active.find(
      ({ fault, left }) => left > 0 && (fault.when ?? 'Before') === when && applies(fault, method, parameters),
    );
    if (active === undefined) return;
    active.left -= 1;
    if (active.left <= 0) this.#active = this.#active.filter((one) => one !== active);
    const { do: what } = active.fault;
    if (what === 'Hang') return new Promise(() => undefined);
    if (what === 'Drop') throw new Dropped(method);
    if ('fail' in what) {
      const [code, ...rest] = what.fail;
      throw new Failure(
        code,
        rest.map((text) => text.replaceAll(/\$(\d)/g, (_, number: string) => textOf(parameters[Number(number) - 1]))),
      );
    }
    await delay(what.delayMilliseconds);
  }
}

function applies({ method: wanted, about }: Fault, method: string, parameters: readonly unknown[]): boolean {
  const called = wanted === '*' || wanted === method || (wanted.endsWith('.*') && method.startsWith(wanted.slice(0, -1)));
  return called && (about === undefined || parameters.includes(about));
}
