/**
 * One pass over one Instance: what it has read, found and made so far. Steps write into it; nothing of it outlives the
 * pass but what `memory` and status keep.
 */
import type { ActionRecord, Instance, InstanceStatus, Run, Task } from '../../crds/instance.ts';
import type { Image } from '../../crds/image.ts';
import type { BaseImage, DiskRef, Machine } from '../../drivers/contract.ts';
import type { ApiCall } from '../kernel/api/client.ts';
import type { Logger } from '../kernel/log/logger.ts';
import { isCurrent } from '../kernel/status/writer.ts';
import { instant } from './instant.ts';
import type { Memory } from './memory.ts';
import type { Scene } from './observe.ts';
import type { Looked, Operation, Steps } from './plan/types.ts';
import type { InstanceServices } from './services.ts';
import type { WantedOfPass } from './wanted.ts';

export interface RescueMakings {
  readonly image: Image;
  readonly base: BaseImage;
  readonly password: string | undefined;
}

export interface Pass {
  readonly services: InstanceServices;
  readonly memory: Memory;
  readonly call: ApiCall;
  readonly log: Logger;
  /** Monotonic milliseconds when the pass began, or of its last status write. */
  toldAt: number;
  /** As the last write of this pass returned it. */
  instance: Instance;
  /** Status as it is to be; not written yet, but for what `instance` holds. */
  status: InstanceStatus;
  looked: Looked;
  readonly wantedOfPass: WantedOfPass;
  /** The world of this round, and what was planned for it. */
  scene: Scene;
  plan: Steps;
  /** The claim was made in this very pass: nothing can have been made before it. */
  freshClaim: boolean;
  /** Something was done on the host in this round: it is to be looked at again. */
  acted: boolean;
  /** It ends because the host has enough to do. */
  turnedAway: boolean;
  /** The machine with its definition, where the plan did not need it and the report does. */
  details: Machine | undefined;
  /** Read in this pass, by the field of the spec that names them. */
  readonly guestSecrets: Map<string, Uint8Array>;
  base: BaseImage | undefined;
  /** What a rescue system is made from, as it was found in this pass. */
  rescue: RescueMakings | undefined;
  /** Size that the guest sees of a root disk made in this pass. */
  rootDiskBytes: number | undefined;
  /** Names of disks that the definition is to have, by the names of those that it has instead. */
  exchangedDisks: ReadonlyMap<string, string> | undefined;
  /** The config drive that the definition is to have. */
  configDrive: DiskRef | undefined;
  /** What an action has to show, for its record. */
  result: Pick<ActionRecord, 'encryptedPassword'>;
  /** A run that was begun in this pass. */
  started: Run | undefined;
}

/** A write met an object that has changed since it was read (`Conflict`), or is gone: the pass ends. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
  readonly kind: 'Conflict' | 'Gone';

  constructor(kind: 'Conflict' | 'Gone') {
    super(kind);
    this.kind = kind;
  }
}

/** Writes the draft; every later write of the pass goes on from what this one returned. */
export async function writeStatus(pass: Pass, status: InstanceStatus): Promise<'Written' | 'Unchanged'> {
  const outcome = await pass.services.writer.writeStatus(pass.instance, status, pass.call);
  if (!isCurrent(outcome)) throw new Superseded(outcome.kind);
  pass.instance = outcome.object;
  return outcome.kind;
}

/** The task in status for an operation: the one under way goes on. */
export function taskFor({ status: { task }, services }: Pass, operation: Operation): Task {
  return task?.operation === operation ? task : { operation, id: services.newId(), startedAt: instant(services.clock.now()) };
}
