/**
 * The owner mark: what every machine of ours carries on the host, and what is checked there before it is touched.
 * libvirt keeps it in the domain's `<metadata>`, Xen in `other_config`, always as this one flat record of strings.
 */

/** `main` is the instance itself; `rescue` and `orig` are its twins; `retained` was let go and is never touched again. */
export type MachineRole = 'main' | 'rescue' | 'orig' | 'retained';

/**
 * `operation` of a mark from before a start until the machine is unpaused. Off with it, the machine never ran that run: a
 * hypervisor that writes the mark and starts the machine in two calls can be cut off in between.
 */
export const STARTING = 'Start';

export interface OwnerMark {
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  /** UID of the Instance object. */
  readonly uid: string;
  readonly role: MachineRole;
  /** It was nobody's, and taken over as it is; absent: it was made for an Instance. Kept as long as the mark. */
  readonly origin?: 'Adopted';
  /** The operation under way when the mark was written, for finding what a killed operator left. */
  readonly operation?: string;
  /** Of the last start; a new one each time. */
  readonly runId?: string;
  /** Hash of the boot-relevant spec that the last start, or the definition, was made for. */
  readonly bootHash?: string;
}

/** A machine and the owner that must be found on it. */
export interface Target {
  readonly machineId: string;
  readonly clusterId: string;
  readonly uid: string;
}

export function isOwnedBy(mark: OwnerMark | undefined, owner: { readonly clusterId: string; readonly uid: string }): boolean {
  return mark !== undefined && mark.role !== 'retained' && mark.clusterId === owner.clusterId && mark.uid === owner.uid;
}
