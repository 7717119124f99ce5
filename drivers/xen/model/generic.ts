/** The messages that every class has for its fields, by rule instead of by table. */
import { CLASSES, type ClassName } from './model.ts';
import type { ClassTable, Field } from './notation.ts';

/** The table of a class, for those who know its name at run time only. */
export const tableOf = (name: ClassName): ClassTable => CLASSES[name];

export const isClassName = (name: string): name is ClassName => Object.hasOwn(CLASSES, name);

/** What is done to a field, or to an object as a whole. */
export type GenericMessage =
  | { readonly kind: 'getRecord' | 'getAll' | 'getAllRecords' | 'getByUuid' | 'getByNameLabel' }
  | {
      readonly kind: 'get' | 'set' | 'addToMap' | 'removeFromMap' | 'addToSet' | 'removeFromSet';
      readonly name: string;
      readonly field: Field;
    };

/** Objects that cannot be enumerated: a session is known to who has it; events and messages have messages of their own. */
const NOT_LISTED: ReadonlySet<ClassName> = new Set(['session']);
const WITHOUT_GENERIC: ReadonlySet<ClassName> = new Set(['event', 'message']);

/** By the name of the message, without the class. */
export function genericMessages(className: ClassName): ReadonlyMap<string, GenericMessage> {
  const found = new Map<string, GenericMessage>();
  if (WITHOUT_GENERIC.has(className)) return found;
  found.set('get_record', { kind: 'getRecord' });
  found.set('get_by_uuid', { kind: 'getByUuid' });
  if (!NOT_LISTED.has(className)) {
    found.set('get_all', { kind: 'getAll' });
    found.set('get_all_records', { kind: 'getAllRecords' });
  }
  const { fields } = tableOf(className);
  if ('name_label' in fields && className !== 'pool') found.set('get_by_name_label', { kind: 'getByNameLabel' });
  for (const [name, field] of Object.entries(fields)) {
    found.set(`get_${name}`, { kind: 'get', name, field });
    if (field.qualifier !== 'rw') continue;
    found.set(`set_${name}`, { kind: 'set', name, field });
    if (field.type.startsWith('map ')) {
      found.set(`add_to_${name}`, { kind: 'addToMap', name, field });
      found.set(`remove_from_${name}`, { kind: 'removeFromMap', name, field });
    } else if (field.type.startsWith('set ')) {
      found.set(`add_${name}`, { kind: 'addToSet', name, field });
      found.set(`remove_${name}`, { kind: 'removeFromSet', name, field });
    }
  }
  return found;
}
