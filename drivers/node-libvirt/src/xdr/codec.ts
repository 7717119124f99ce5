/**
 * A codec reads and writes one type of the protocol. `type` is the type's name as the protocol's own description spells it
 * (`unsigned hyper`, `remote_nonnull_domain<REMOTE_DOMAIN_LIST_MAX>`), so that a test can hold our tables against it.
 */
import { InvalidArgumentError } from '../errors.ts';
import type { XdrReader } from './reader.ts';
import type { XdrWriter } from './writer.ts';

export interface Codec<T> {
  readonly type: string;
  /** Of a structure: its fields in wire order. */
  readonly fields?: Fields;
  write(writer: XdrWriter, value: T): void;
  read(reader: XdrReader): T;
}

/** Fields of a structure; the order of the keys is the order on the wire. */
export type Fields = Readonly<Record<string, Codec<unknown>>>;

export type ValueOf<C> = C extends Codec<infer T> ? T : never;
export type StructOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** A structure with a name of its own in the protocol, or, as `''`, one that only a procedure uses. */
export function struct<F extends Fields>(type: string, fields: F): Codec<StructOf<F>> {
  const names = Object.keys(fields);
  const codecs = Object.values(fields);
  return {
    type,
    fields,
    write(writer, value): void {
      const record = value as Readonly<Record<string, unknown>>;
      for (const [index, codec] of codecs.entries()) codec.write(writer, record[names[index] ?? '']);
    },
    read(reader): StructOf<F> {
      const record: Record<string, unknown> = {};
      for (const [index, codec] of codecs.entries()) record[names[index] ?? ''] = codec.read(reader);
      return record as StructOf<F>;
    },
  };
}

/** A variable number of elements, at most `limit`, which is the name and the value of a constant of the protocol. */
export function array<T>(element: Codec<T>, limit: Limit): Codec<readonly T[]> {
  return {
    type: `${element.type}<${limit.name}>`,
    write(writer, values): void {
      checkCount(values.length, limit);
      writer.uint(values.length);
      for (const value of values) element.write(writer, value);
    },
    read(reader): readonly T[] {
      const count = reader.count(limit.max);
      const values: T[] = [];
      for (let index = 0; index < count; index++) values.push(element.read(reader));
      return values;
    },
  };
}

/** A value that may be missing; XDR's pointer. `type` is the name the protocol gives it. */
export function optional<T>(type: string, codec: Codec<T>): Codec<T | undefined> {
  return {
    type,
    write(writer, value): void {
      writer.uint(value === undefined ? 0 : 1);
      if (value !== undefined) codec.write(writer, value);
    },
    read: (reader) => (reader.flag() ? codec.read(reader) : undefined),
  };
}

/** A maximum of the protocol, by name: the test compares its value with the reference. */
export interface Limit {
  readonly name: string;
  readonly max: number;
}

function checkCount(count: number, limit: Limit): void {
  if (count > limit.max) throw new InvalidArgumentError(`${count} elements, at most ${limit.max} (${limit.name}) are allowed`);
}
