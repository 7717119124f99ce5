/** Lists and maps with bounds, and with the list type that says how server-side apply merges them. */
import { Type, type Static, type TSchema } from 'typebox';
import type { Rule } from './rule.ts';

interface Bounds {
  readonly maxItems: number;
  readonly minItems?: number;
  readonly description: string;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** Owned and replaced as a whole. */
export const atomicList = <Item extends TSchema>(item: Item, bounds: Bounds) =>
  Type.Array(item, { ...bounds, 'x-kubernetes-list-type': 'atomic' });

/** Unique scalars; several writers may each own some. */
export const setOf = <Item extends TSchema>(item: Item, bounds: Bounds) => Type.Array(item, { ...bounds, 'x-kubernetes-list-type': 'set' });

/** Objects told apart by their keys; several writers may each own some, and transition rules find the old value. */
export const listMap = <Item extends TSchema>(item: Item, keys: readonly [string, ...string[]], bounds: Bounds) =>
  Type.Array(item, { ...bounds, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });

/** Values by a key that the user chooses. */
export const mapOf = <Value extends TSchema>(
  value: Value,
  options: { readonly maxProperties: number; readonly description: string; readonly 'x-kubernetes-validations'?: readonly Rule[] },
) => Type.Unsafe<Record<string, Static<Value>>>({ type: 'object', additionalProperties: value, ...options });
