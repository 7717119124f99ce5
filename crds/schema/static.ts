/** From a schema to the static type that the operator works with: what the API server holds, and nobody here may change. */
import type { Static, TSchema } from 'typebox';

export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** Deeply read-only; absent optional fields are absent, never `undefined`. */
export type Read<Schema extends TSchema> = Frozen<Static<Schema>>;
