/** Carries out what every class has for its fields. */
import type { ClassName, Ref, Value } from '../../../drivers/xen/model/model.ts';
import type { GenericMessage } from '../../../drivers/xen/model/generic.ts';
import type { Store } from '../store/store.ts';
import { failure } from '../wire/failure.ts';
import { textOf } from '../wire/text.ts';
import { parseWhere } from './where.ts';

type Fields = Readonly<Record<string, Value>>;
type Arguments = Readonly<Record<string, Value>>;

export function generic(store: Store, className: ClassName, message: GenericMessage, args: Arguments): Value {
  const self = textOf(args['self']);
  switch (message.kind) {
    case 'getRecord':
      return store.get(className, self) as Fields;
    case 'getAll':
      return store.all(className).map(([ref]) => ref);
    case 'getAllRecords':
      return Object.fromEntries(store.all(className)) as Readonly<Record<Ref, Fields>>;
    case 'getByUuid':
      return byUuid(store, className, textOf(args['uuid']));
    case 'getByNameLabel':
      return store
        .all(className)
        .filter(([, record]) => (record as Fields)['name_label'] === args['label'])
        .map(([ref]) => ref);
    case 'get':
      return (store.get(className, self) as Fields)[message.name] ?? '';
    case 'set':
    case 'addToMap':
    case 'removeFromMap':
    case 'addToSet':
    case 'removeFromSet': {
      const before = (store.get(className, self) as Fields)[message.name] ?? '';
      const after = changed(className, self, message, before, args);
      store.update(className, self, { [message.name]: after });
      return '';
    }
  }
}

export function where(store: Store, className: ClassName, expression: string): Value {
  const matches = parseWhere(expression);
  return Object.fromEntries(store.all(className).filter(([, record]) => matches(record))) as Readonly<Record<Ref, Fields>>;
}

type Setter = Extract<GenericMessage, { readonly name: string }>;

function changed(className: ClassName, self: Ref, { kind, name }: Setter, before: Value, { key, value }: Arguments): Value {
  switch (kind) {
    case 'addToMap':
      return withKey(className, self, name, before as Fields, textOf(key), value ?? '');
    case 'removeFromMap':
      return withoutKey(before as Fields, textOf(key));
    case 'addToSet':
      return (before as readonly Value[]).includes(value ?? '') ? before : [...(before as readonly Value[]), value ?? ''];
    case 'removeFromSet':
      return (before as readonly Value[]).filter((one) => one !== value);
    case 'get':
    case 'set':
      return value ?? '';
  }
}

/** @throws MAP_DUPLICATE_KEY */
export function withKey<V extends Value>(
  className: ClassName,
  self: Ref,
  field: string,
  map: Readonly<Record<string, V>>,
  key: string,
  value: V,
): Readonly<Record<string, V>> {
  if (Object.hasOwn(map, key)) throw failure('MAP_DUPLICATE_KEY', className, field, self, key);
  return { ...map, [key]: value };
}

export function withoutKey<V extends Value>(map: Readonly<Record<string, V>>, key: string): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(map).filter(([one]) => one !== key)) as Readonly<Record<string, V>>;
}

/** @throws UUID_INVALID */
export function byUuid(store: Store, className: ClassName, uuid: string): Ref {
  const ref = store.byUuid(className, uuid);
  if (ref === undefined) throw failure('UUID_INVALID', className, uuid);
  return ref;
}
