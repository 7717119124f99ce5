/** The protocol's plain types. Small ones take four bytes each on the wire, characters and shorts too. */
import { InvalidArgumentError, ProtocolError } from '../errors.ts';
import type { Codec, Limit } from './codec.ts';

export const int: Codec<number> = {
  type: 'int',
  write: (writer, value) => writer.int(value),
  read: (reader) => reader.int(),
};

export const uint: Codec<number> = {
  type: 'unsigned int',
  write: (writer, value) => writer.uint(value),
  read: (reader) => reader.uint(),
};

/** Flags of a call. Or-ing the highest one in JavaScript gives a negative number, which is meant as the same bits. */
export const flags: Codec<number> = { ...uint, write: (writer, value) => writer.uint(value < 0 ? value >>> 0 : value) };

/** A `char` used as a small number. */
export const char: Codec<number> = { ...int, type: 'char' };
export const unsignedChar: Codec<number> = { ...uint, type: 'unsigned char' };
export const unsignedShort: Codec<number> = { ...uint, type: 'unsigned short' };

/** For sizes and times: what is beyond 2^53 is rounded. `exactHyper` where every bit counts. */
export const hyper: Codec<number> = {
  type: 'hyper',
  write: (writer, value) => writer.hyper(value),
  read: (reader) => reader.hyper(),
};

export const unsignedHyper: Codec<number> = {
  type: 'unsigned hyper',
  write: (writer, value) => writer.uhyper(value),
  read: (reader) => reader.uhyper(),
};

export const exactUnsignedHyper: Codec<bigint> = {
  type: 'unsigned hyper',
  write: (writer, value) => writer.uhyper(value),
  read: (reader) => reader.uhyperExact(),
};

export const uuid: Codec<string> = {
  type: 'remote_uuid',
  write: (writer, value) => writer.uuid(value),
  read: (reader) => reader.uuid(),
};

/** Bytes, at most `limit`. */
export function opaque(limit: Limit): Codec<Uint8Array> {
  return {
    type: `opaque<${limit.name}>`,
    write: (writer, value) => writer.opaque(value, limit.max),
    read: (reader) => reader.opaque(limit.max),
  };
}

/** `char name<LIMIT>`: an array of characters, each of which takes four bytes. */
export function chars(limit: Limit): Codec<Uint8Array> {
  return {
    type: `char<${limit.name}>`,
    write(writer, value): void {
      if (value.length > limit.max) throw new InvalidArgumentError(`${value.length} characters, at most ${limit.max} are allowed`);
      writer.uint(value.length);
      for (const byte of value) writer.int(byte);
    },
    read(reader): Uint8Array {
      const bytes = new Uint8Array(reader.count(limit.max));
      for (let index = 0; index < bytes.length; index++) bytes[index] = reader.int();
      return bytes;
    },
  };
}

/** `char name[LENGTH]`: a C string in an array of fixed length, each character in four bytes. */
export function fixedChars(length: number): Codec<string> {
  return {
    type: `char[${length}]`,
    write(writer, value): void {
      const bytes = Buffer.from(value);
      if (bytes.length >= length) throw new InvalidArgumentError(`String of ${bytes.length} bytes, at most ${length - 1} are allowed`);
      for (let index = 0; index < length; index++) writer.int(bytes[index] ?? 0);
    },
    read(reader): string {
      const bytes = Buffer.alloc(length);
      for (let index = 0; index < length; index++) bytes[index] = reader.int();
      const end = bytes.indexOf(0);
      if (end < 0) throw new ProtocolError(`String of ${length} characters without an end`);
      return bytes.toString('utf8', 0, end);
    },
  };
}
