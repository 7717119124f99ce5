/** How a pass of the simulation is cut short. */
import type { Operation } from '../types.ts';

/** Operations that are no task. */
export const UNTOLD: ReadonlySet<Operation> = new Set(['Look', 'Protect', 'Follow', 'Adopt', 'BeginAction', 'EndAction', 'EndRescue']);

/** The operator was killed. */
export class Killed extends Error {}
/** The host could not do it. */
export class Faulty extends Error {
  readonly operation: Operation;
  constructor(operation: Operation) {
    super(operation);
    this.operation = operation;
  }
}
/** The driver refused: what was observed is no longer so. */
export class Refused extends Error {}

/** What must never be done. */
export function refuse(when: boolean, what: string): void {
  if (when) throw new Error(what);
}
