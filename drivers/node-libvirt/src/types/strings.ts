/** The protocol's two string types. UTF-8; a NUL inside is refused. */
import type { Codec } from '../xdr/codec.ts';
import { optional } from '../xdr/codec.ts';
import { STRING_MAX } from './limits.ts';

export const string: Codec<string> = {
  type: 'remote_nonnull_string',
  write: (writer, value) => writer.string(value, STRING_MAX.max),
  read: (reader) => reader.string(STRING_MAX.max),
};

export const optionalString: Codec<string | undefined> = optional('remote_string', string);
