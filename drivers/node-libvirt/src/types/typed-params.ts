/**
 * Typed parameters: libvirt's lists of named values of several types, which statistics come as.
 *
 * In TypeScript they are one record by name. A 64-bit value is a number where it fits (up to 2^53) and a bigint beyond, so
 * nothing is ever rounded.
 */
import { InvalidArgumentError, ProtocolError } from '../errors.ts';
import type { Codec, Limit } from '../xdr/codec.ts';
import type { XdrReader } from '../xdr/reader.ts';
import type { XdrWriter } from '../xdr/writer.ts';
import { string } from './strings.ts';
import { TypedParamType as Type } from '../constants/typed-params.ts';

export type TypedValue = number | bigint | boolean | string;
export type TypedParams = Readonly<Record<string, TypedValue>>;

/** A value to send, with the type the daemon expects it in. */
export type TypedInput =
  | { readonly type: 'int' | 'uint' | 'double'; readonly value: number }
  | { readonly type: 'llong' | 'ullong'; readonly value: number | bigint }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string };
export type TypedInputs = Readonly<Record<string, TypedInput>>;

const PARAM = 'remote_typed_param';

/** Parameters as a reply or an event carries them. */
export function typedParams(limit: Limit): Codec<TypedParams> {
  return {
    type: `${PARAM}<${limit.name}>`,
    write(): void {
      throw new InvalidArgumentError('Received parameters do not say their types: send TypedInputs');
    },
    read: (reader) => readParams(reader, limit.max),
  };
}

/** Parameters as a call carries them. */
export function typedInputs(limit: Limit): Codec<TypedInputs> {
  return {
    type: `${PARAM}<${limit.name}>`,
    write(writer, values): void {
      const entries = Object.entries(values);
      if (entries.length > limit.max) throw new InvalidArgumentError(`${entries.length} parameters, at most ${limit.max} are allowed`);
      writer.uint(entries.length);
      for (const [name, input] of entries) {
        string.write(writer, name);
        writeValue(writer, input);
      }
    },
    read(): TypedInputs {
      throw new ProtocolError('Parameters of a call are never received');
    },
  };
}

function readParams(reader: XdrReader, max: number): TypedParams {
  const count = reader.count(max);
  // Names come from outside: without a prototype, `__proto__` is a name as any other.
  const params: Record<string, TypedValue> = Object.create(null) as Record<string, TypedValue>;
  for (let index = 0; index < count; index++) {
    const name = string.read(reader);
    params[name] = readValue(reader);
  }
  return params;
}

function readValue(reader: XdrReader): TypedValue {
  const type = reader.int();
  switch (type) {
    case Type.INT:
      return reader.int();
    case Type.UINT:
      return reader.uint();
    case Type.LLONG:
      return exact(reader.hyperExact());
    case Type.ULLONG:
      return exact(reader.uhyperExact());
    case Type.DOUBLE:
      return reader.double();
    case Type.BOOLEAN:
      return reader.int() !== 0;
    case Type.STRING:
      return string.read(reader);
    default:
      throw new ProtocolError(`Typed parameter of unknown type ${type}`);
  }
}

function exact(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
}

function writeValue(writer: XdrWriter, input: TypedInput): void {
  switch (input.type) {
    case 'int':
      writer.int(Type.INT);
      return writer.int(input.value);
    case 'uint':
      writer.int(Type.UINT);
      return writer.uint(input.value);
    case 'llong':
      writer.int(Type.LLONG);
      return writer.hyper(input.value);
    case 'ullong':
      writer.int(Type.ULLONG);
      return writer.uhyper(input.value);
    case 'double':
      writer.int(Type.DOUBLE);
      return writer.double(input.value);
    case 'boolean':
      writer.int(Type.BOOLEAN);
      return writer.int(input.value ? 1 : 0);
    case 'string':
      writer.int(Type.STRING);
      return string.write(writer, input.value);
  }
}
