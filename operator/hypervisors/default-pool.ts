/** The pool in which disks are made where nobody names one. */
import type { HypervisorSpec } from '../../crds/hypervisor.ts';

/** `spec.defaultPool`, or the only pool there is. */
export function defaultPool({ pools, defaultPool: named }: HypervisorSpec): string | undefined {
  if (named !== undefined) return named;
  const keys = Object.keys(pools ?? {});
  return keys.length === 1 ? keys[0] : undefined;
}
