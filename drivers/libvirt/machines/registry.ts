/**
 * What is remembered of every machine of a host, so that watching them all takes one call: its mark and the few facts that
 * the bulk call does not tell. Read again whenever an event or the bulk call itself hints at a change.
 */
import { DomainState, DomainStats, ErrorCode, GetAllDomainStats, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { MachineState } from '../../contract.ts';
import type { OwnerMark } from '../../owner.ts';
import { PROBE_NAME_PREFIX } from '../host/virtualization.ts';
import { isActive, isJobPause, powerOf, type RawState } from '../power.ts';
import { eachOf, type Left } from '../time.ts';
import { readMark } from './fresh.ts';
import { isAtWork } from './jobs.ts';

interface Known {
  readonly owner: OwnerMark | undefined;
  readonly persistent: boolean;
  readonly managedSave: boolean;
  readonly busy: boolean;
}

interface Seen {
  readonly machineId: string;
  readonly name: string;
  readonly raw: RawState;
}

const READS_AT_ONCE = 64;

export class Registry {
  readonly #client: LibvirtClient;
  readonly #known = new Map<string, Known>();
  /** Whether a process ran it when it was last seen. */
  #active: ReadonlyMap<string, boolean> = new Map();
  /** What was hinted at since it was read; also machines not seen yet. */
  readonly #stale = new Set<string>();

  constructor(client: LibvirtClient) {
    this.#client = client;
  }

  /** Something about the machine may have changed that the bulk call does not tell. */
  invalidate(machineId: string): void {
    this.#stale.add(machineId);
  }

  /** A fresh reading of the machine, from elsewhere, tells of a job on it: it is asked again until the job is over. */
  noteBusy(machineId: string): void {
    const known = this.#known.get(machineId);
    if (known !== undefined) this.#known.set(machineId, { ...known, busy: true });
  }

  isTransient(machineId: string): boolean {
    return this.#known.get(machineId)?.persistent === false;
  }

  /** State of all machines in one bulk call; only what is new or hinted at is read one by one. */
  async observe(left: Left): Promise<readonly MachineState[]> {
    const hintedBefore = [...this.#stale];
    const seen = (await this.#bulk(left)).filter(({ name }) => !name.startsWith(PROBE_NAME_PREFIX));
    const ids = new Set(seen.map(({ machineId }) => machineId));
    // A hint that came during the call may be of a machine that is too new to be in its answer.
    for (const machineId of hintedBefore) if (!ids.has(machineId)) this.#stale.delete(machineId);
    for (const machineId of this.#known.keys()) if (!ids.has(machineId)) this.#known.delete(machineId);
    await this.#readAll(
      seen.filter((machine) => this.#isDoubtful(machine)).map(({ machineId }) => machineId),
      left,
    );
    this.#active = new Map(seen.map(({ machineId, raw }) => [machineId, isActive(raw)]));
    return seen.flatMap((machine) => this.#stateOf(machine));
  }

  /** Ids of the machines whose mark is as asked for, by what is remembered; what is doubtful is read again first. */
  async findMarks(matches: (mark: OwnerMark) => boolean, left: Left): Promise<readonly string[]> {
    await this.#readAll([...this.#stale], left);
    return [...this.#known].filter(([, { owner }]) => owner !== undefined && matches(owner)).map(([machineId]) => machineId);
  }

  async #bulk(left: Left): Promise<readonly Seen[]> {
    const records = await this.#client.domains.stats({ stats: DomainStats.STATE, flags: GetAllDomainStats.NOWAIT, ...left() });
    return records.map(({ domain, params }) => ({
      machineId: domain.uuid,
      name: domain.name,
      raw: { state: Number(params['state.state'] ?? DomainState.NOSTATE), reason: Number(params['state.reason'] ?? 0) },
    }));
  }

  /** A saved state appears when a machine ends and goes when it starts, and neither shows in the bulk call. */
  #isDoubtful({ machineId, raw }: Seen): boolean {
    const known = this.#known.get(machineId);
    return known === undefined || known.busy || this.#stale.has(machineId) || this.#active.get(machineId) !== isActive(raw);
  }

  async #readAll(machineIds: readonly string[], left: Left): Promise<void> {
    await eachOf(machineIds, READS_AT_ONCE, (machineId) => this.#read(machineId, left));
  }

  async #read(machineId: string, left: Left): Promise<void> {
    const ref = { uuid: machineId };
    const wasBusy = this.#known.get(machineId)?.busy === true;
    this.#stale.delete(machineId); // hints from here on count again
    try {
      const [owner, persistent, managedSave, busy] = await Promise.all([
        readMark(this.#client, machineId, left),
        this.#client.domains.isPersistent(ref, left()),
        this.#client.domains.hasManagedSave(ref, left()),
        wasBusy && isAtWork(this.#client, machineId, left),
      ]);
      this.#known.set(machineId, { owner, persistent, managedSave, busy });
    } catch (error) {
      if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) {
        this.#known.delete(machineId);
        return;
      }
      this.#stale.add(machineId);
      throw error;
    }
  }

  /** None for a machine that was gone when it was read. */
  #stateOf({ machineId, name, raw }: Seen): readonly MachineState[] {
    const known = this.#known.get(machineId);
    if (known === undefined) return [];
    const power = powerOf(raw, known.managedSave);
    const owner = known.owner === undefined ? {} : { owner: known.owner };
    return [{ machineId, name, ...power, ...owner, busy: known.busy || isJobPause(power), persistent: known.persistent }];
  }
}
