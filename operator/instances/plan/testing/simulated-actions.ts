/** The InstanceActions of the simulation: their queue, the controller that follows them, and what must never happen to one. */
import type { ActionOutcome, AskedAction, Recorded, RecordedAction, RestoreSource } from '../types.ts';

/** A step that is not finished in this pass. */
export class GoesOn extends Error {}

export class SimulatedActions {
  /** Accepted and not finished, the oldest first. */
  open: readonly AskedAction[] = [];
  /** The snapshot that the host copies for, and those that it has copied. */
  copying: string | undefined;
  readonly copied = new Set<string>();
  #asked = 0;
  readonly #ended = new Set<string>();
  readonly #interrupted = new Set<string>();

  /** Returns its uid. */
  ask(action: Untitled<AskedAction>): string {
    this.#asked += 1;
    const uid = `act-${this.#asked}`;
    this.open = [...this.open, { ...action, uid, name: 'act' }];
    return uid;
  }

  /** As asked-action.ts says. */
  next({ action }: Recorded): AskedAction | undefined {
    const known = this.open.find(({ uid }) => uid === action?.uid);
    if (known !== undefined) return action?.phase === 'Running' ? known : undefined;
    return this.open[0];
  }

  /** The InstanceAction controller: what is finished is, and what the object forbids is refused. */
  follow({ action }: Recorded, refused: boolean): void {
    this.open = refused ? [] : this.open.filter(({ uid }) => action?.uid !== uid || action.phase === 'Running');
  }

  begin(record: Recorded, rebuild: RecordedAction['rebuild']): Recorded {
    const asked = this.next(record);
    if (asked === undefined) throw new Error('nothing to begin');
    if (this.#ended.has(asked.uid)) throw new Error('an action was begun twice');
    return {
      ...record,
      action: { ...asked, phase: 'Running', ...((asked.action === 'Rebuild' || asked.action === 'Restore') && { rebuild }) },
      shutdown: undefined,
    };
  }

  /** Makings of the snapshot that is asked for; undefined: none is. */
  restored(record: Recorded): string | undefined {
    const asked = this.next(record);
    return asked?.action === 'Restore' && asked.from.kind === 'Ready' ? asked.from.makings : undefined;
  }

  end(record: Recorded, outcome: ActionOutcome | undefined): Recorded {
    if (outcome === undefined) throw new Error('nothing to end');
    if (this.#ended.has(outcome.uid)) throw new Error('an action ended twice');
    if (outcome.action === 'Snapshot' && this.copying === outcome.uid) throw new Error('a copy goes on that nobody waits for');
    if (outcome.action === 'Snapshot' && outcome.phase === 'Succeeded' && !this.copied.has(outcome.uid))
      throw new Error('nothing was copied');
    this.#ended.add(outcome.uid);
    const rebooted = outcome.action === 'Reboot' && outcome.phase === 'Succeeded';
    const { rebuild } = record.action?.uid === outcome.uid ? record.action : {};
    return { ...record, action: { ...outcome, rebuild }, ...(rebooted && { shutdown: undefined }) };
  }

  /** The host begins to copy; in the pass after that it is done. */
  copy({ action }: Recorded): void {
    const uid = action?.uid ?? '';
    if (action?.action !== 'Snapshot' || action.phase !== 'Running') throw new Error('a copy that nobody asked for');
    if (this.copying === uid) {
      this.copying = undefined;
      this.copied.add(uid);
      return;
    }
    this.copying = uid;
    throw new GoesOn();
  }

  endCopy({ action }: Recorded): void {
    if (this.copying === action?.uid) this.copying = undefined;
  }

  interrupt({ action }: Recorded): void {
    const uid = action?.uid ?? '';
    if (this.#interrupted.has(uid)) throw new Error('a guest got a second NMI');
    this.#interrupted.add(uid);
  }
}

type Untitled<Action> = Action extends AskedAction ? Omit<Action, 'uid' | 'name'> : never;

export const restoreAsked = (from: RestoreSource) => ({ action: 'Restore', snapshotName: 'snap', from }) as const;

/** Of the machine as it is on that host. */
export const snapshotAsked = (cold: boolean, hypervisorName = 'host-a') =>
  ({
    action: 'Snapshot',
    cold,
    quiesce: 'Preferred',
    turn: 'Come',
    location: { hypervisorName, pool: 'main', volume: 'snapshot' },
  }) as const;
