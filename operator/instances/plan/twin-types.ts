/** The words of the planners for hosts, and for what those besides the machine's own say of it. */
import type { PowerState } from './types.ts';

export interface ObservedHost {
  readonly name: string;
  /** `Unheard`: this process has not tried yet. `Gone`: there is no such Hypervisor object (any more). */
  readonly contact: 'Reachable' | 'Unheard' | 'Silent' | 'Gone';
  /** Somebody stated that the host is surely off, and it has been silent since before that moment. */
  readonly fenced: boolean;
  readonly bootId: string | undefined;
}

/** What the other hosts say, in observations newer than the loss where a machine was lost. */
export interface Elsewhere {
  readonly twins: readonly Twin[];
  /** Both this machine's host and that of its living twin were observed again since the two were first seen as they are: no move explains them. */
  readonly confirmed: boolean;
  /** Hosts that answer, or may yet, but have not been observed since the machine was missed or off, or at all. */
  readonly unheard: readonly string[];
  /** Those of them that this process has not observed at all, or not since it left them for another. */
  readonly unobserved: readonly string[];
  /** Hosts that do not answer, are not fenced, and share a pool with the recorded host: the machine may run there. */
  readonly silentSharers: readonly string[];
  /** Hosts that do not answer and are not fenced; asked for only where status was lost. */
  readonly silent: readonly string[];
}

/** A machine that has to do with this Instance: by id, by name, or by its mark. */
export interface Twin {
  readonly hypervisorName: string;
  readonly machineId: string;
  readonly power: PowerState | 'Unknown';
  /** Of the last start, as its mark says. */
  readonly runId: string | undefined;
  /** Its host says that it is off because it was moved away: what is left is a copy, though of the same run. Hosts forget it. */
  readonly movedAway: boolean;
  /**
   * `Ours`: our mark. `Namesake`: marked by this cluster for an object of the same namespace and name that no longer
   * lives (a restored cluster). `Adoptable`: nobody's, and its Hypervisor lists it for our namespace. `Stranger`: has our id,
   * our name on the host or the id to adopt, and is somebody else's.
   */
  readonly kind: 'Ours' | 'Namesake' | 'Adoptable' | 'Stranger';
}
