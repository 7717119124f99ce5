/** Relations by class: which field of another class keeps the other side of a field. */
import type { ClassName } from '../../../drivers/xen/model/model.ts';
import { RELATIONS } from '../../../drivers/xen/model/relations.ts';

interface Side {
  readonly className: ClassName;
  readonly field: string;
}

type Sides = ReadonlyMap<string, Side>;

const NONE: Sides = new Map();
const FORWARDS = new Map<ClassName, Map<string, Side>>();
const BACKWARDS = new Map<ClassName, Map<string, Side>>();

function note(
  into: Map<ClassName, Map<string, Side>>,
  [className, field]: readonly [ClassName, string],
  [other, otherField]: readonly [ClassName, string],
): void {
  const sides = into.get(className) ?? new Map<string, Side>();
  sides.set(field, { className: other, field: otherField });
  into.set(className, sides);
}

for (const { from, to } of RELATIONS) {
  note(FORWARDS, from, to);
  note(BACKWARDS, to, from);
}

/** From a reference to the set of those who refer. */
export const forwards = (className: ClassName): Sides => FORWARDS.get(className) ?? NONE;

/** From the set to the reference. */
export const backwards = (className: ClassName): Sides => BACKWARDS.get(className) ?? NONE;
