/** Faults of calls, as a script lists them: which calls they hit, how often, and what happens to those. */
import { Type, type Static } from 'typebox';
import { LABELS } from '../../labels.ts';
import { matchesGlob } from './glob.ts';
import { oneOf, strict } from './schema.ts';

const count = Type.Integer({ minimum: 0 });

export const Fault = Type.Object(
  {
    /** Globs (`*` is any text). `subject` is the id or name of the machine, the name of the disk, or the key of the base. */
    verb: Type.String(),
    host: Type.Optional(Type.String()),
    subject: Type.Optional(Type.String()),
    /** `Fail` answers with the label; `Hang` never answers; `Drop` breaks the connection. */
    do: oneOf(['Fail', 'Hang', 'Drop']),
    /** `After`: the work is done all the same, only its answer is lost. Absent: `Before`, nothing is done. */
    when: Type.Optional(oneOf(['Before', 'After'])),
    /** This many matching calls go well first. */
    skip: Type.Optional(count),
    /** This many are hit then; absent: every one. */
    times: Type.Optional(count),
    /** Of the failure; absent: `Transient`. */
    label: Type.Optional(oneOf(LABELS)),
    reason: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
  },
  strict,
);
export type Fault = Static<typeof Fault>;

interface ActiveFault {
  readonly fault: Fault;
  skipsLeft: number;
  hitsLeft: number;
}

export interface FaultyCall {
  readonly host: string;
  readonly verb: string;
  readonly subjects: readonly string[];
}

export class Faults {
  #active: ActiveFault[] = [];

  get none(): boolean {
    return this.#active.length === 0;
  }

  add(faults: readonly Fault[]): void {
    for (const fault of faults) this.#active.push({ fault, skipsLeft: fault.skip ?? 0, hitsLeft: fault.times ?? Infinity });
  }

  clear(): void {
    this.#active = [];
  }

  /** The first fault that hits the call; used up ones are forgotten. */
  take(call: FaultyCall): Fault | undefined {
    for (const active of this.#active) {
      if (!hits(active.fault, call)) continue;
      if (active.skipsLeft > 0) {
        active.skipsLeft -= 1;
        continue;
      }
      active.hitsLeft -= 1;
      if (active.hitsLeft <= 0) this.#active = this.#active.filter((other) => other !== active);
      return active.fault;
    }
    return undefined;
  }
}

function hits({ verb, host, subject }: Fault, call: FaultyCall): boolean {
  return (
    matchesGlob(verb, call.verb) &&
    (host === undefined || matchesGlob(host, call.host)) &&
    (subject === undefined || call.subjects.some((name) => matchesGlob(subject, name)))
  );
}
