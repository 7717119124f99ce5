/** The Flavor controller: says that a Flavor can be used, or why it cannot. */
import type { FlavorSpec } from '../../crds/flavor.ts';
import { parseQuantity, type Quantity } from '../../crds/quantity.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import type { Readiness } from '../reporting/readiness.ts';
import { addReportingController } from '../reporting/reporting-controller.ts';
import { FLAVORS } from '../resources.ts';

export function addFlavorController(manager: Manager, lease: Lease): Controller {
  return addReportingController(manager, lease, { name: 'flavors', resource: FLAVORS, judge: ({ spec }) => judgeFlavor(spec) });
}

/** What the schema cannot see: sizes that cannot be counted exactly. */
export function judgeFlavor({ memory, rootDisk, ephemeralDisk, swap }: FlavorSpec): Readiness {
  const uncountable = Object.entries({ memory, rootDisk, ephemeralDisk, swap }).find(
    ([, size]) => size !== undefined && !isCountable(size),
  );
  if (uncountable === undefined) return { kind: 'Settled', reason: 'Usable', message: '' };
  const [field, size] = uncountable;
  return { kind: 'Stuck', reason: 'InvalidSize', message: `${field} ${size} is no size that can be counted in bytes: make another Flavor` };
}

function isCountable(size: Quantity): boolean {
  try {
    return parseQuantity(size) < Number.MAX_SAFE_INTEGER;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
