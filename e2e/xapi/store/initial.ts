/** What the fields of a new object are when nobody says otherwise. */
import { ENUMS } from '../../../drivers/xen/model/enums.ts';
import { tableOf } from '../../../drivers/xen/model/generic.ts';
import type { ClassName, EnumName, Value } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import { EPOCH } from '../wire/date-time.ts';
import { parseType } from '../wire/type.ts';

const templates = new Map<ClassName, Readonly<Record<string, Value>>>();

/** Every field of the class: its default, or where it has none the nothing of its type. */
export function initialRecord(className: ClassName): Readonly<Record<string, Value>> {
  let record = templates.get(className);
  if (record === undefined) {
    const fields = Object.entries(tableOf(className).fields);
    record = Object.fromEntries(fields.map(([name, { type, initial }]) => [name, (initial as Value | undefined) ?? nothing(type)]));
    templates.set(className, record);
  }
  return record;
}

function nothing(typeText: string): Value {
  const type = parseType(typeText);
  if (type.shape === 'set') return [];
  if (type.shape === 'map') return {};
  switch (type.word.kind) {
    case 'int':
    case 'float':
      return 0;
    case 'bool':
      return false;
    case 'datetime':
      return EPOCH;
    case 'ref':
      return NULL_REF;
    case 'enum':
      return ENUMS[type.word.of as EnumName][0];
    case 'set':
      return [];
    case 'record':
    case 'snapshot':
      return {};
    case 'string':
    case 'void':
      return '';
  }
}
