/** Disks beside the root disk that live and die with the instance. They are made with it. */
import { Type } from 'typebox';
import { listMap } from '../schema/collections.ts';
import { quantity } from '../schema/number.ts';
import type { Rule } from '../schema/rule.ts';
import { pattern } from '../schema/text.ts';

const EphemeralDisk = Type.Object({
  // With `ephemeral-` before it, it must fit into the 20 characters that a disk's serial number has.
  name: pattern('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 10, 'Name of the disk; within the instance it goes by ephemeral- and this.'),
  size: quantity('Its size, at least 1Mi.', {
    rule: "quantity(string(self)).compareTo(quantity('1Mi')) >= 0",
    message: 'size must be at least 1Mi',
  }),
});

/** Of the spec. */
export const extraDisks = {
  ephemeralDisks: Type.Optional(
    listMap(EphemeralDisk, ['name'], {
      maxItems: 16,
      description:
        "Empty disks, unformatted, that live as long as the instance, in place of the Flavor's ephemeral disk. Cannot be changed. Absent: that of the Flavor; an empty list: none.",
    }),
  ),
  swap: Type.Optional(
    quantity(
      "Size of an empty disk for swap, unformatted, in place of the Flavor's. 0: none. Cannot be changed. Absent: that of the Flavor.",
    ),
  ),
};

const kept = (field: keyof typeof extraDisks): Rule => ({
  rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${field} cannot be changed, since the disks are made with the machine: make another Instance`,
  fieldPath: `.${field}`,
});

export const keepsExtraDisks: readonly Rule[] = [kept('ephemeralDisks'), kept('swap')];
