/**
 * From values of the store to what XML-RPC is written from. JSON needs no such step: there integers are numbers, dates are text,
 * and a value is sent as it is stored. In XML integers are text, for they have 64 bits, and dates have a type of their own.
 */
import { isClassName, tableOf } from '../../../drivers/xen/model/generic.ts';
import { CLASSES, type ClassName, type Value } from '../../../drivers/xen/model/model.ts';
import { WireDate } from './date-time.ts';
import { textOf } from './text.ts';
import { parseType, parseWord, type Word } from './type.ts';

export type WireValue = string | number | boolean | WireDate | readonly WireValue[] | { readonly [key: string]: WireValue };

type Struct = Readonly<Record<string, Value>>;

export function encodeForXml(typeText: string, value: Value): WireValue {
  const type = parseType(typeText);
  switch (type.shape) {
    case 'word':
      return encodeWord(type.word, value);
    case 'set':
      return (value as readonly Value[]).map((one) => encodeWord(type.word, one));
    case 'map':
      return mapValues(value as Struct, (one) => encodeWord(type.word, one));
  }
}

function encodeWord(word: Word, value: Value): WireValue {
  switch (word.kind) {
    case 'int':
      return `${value as number}`;
    case 'datetime':
      return new WireDate(value as string);
    case 'record':
      return word.of === 'event_batch' ? encodeBatch(value as Struct) : encodeRecord(word.of, value as Struct);
    case 'set':
      return (value as readonly Value[]).map((one) => encodeWord(parseWord(word.of), one));
    case 'void':
      return '';
    case 'snapshot':
    case 'string':
    case 'float':
    case 'bool':
    case 'enum':
    case 'ref':
      return value;
  }
}

function encodeRecord(className: string, record: Struct): WireValue {
  if (!isClassName(className)) throw new TypeError(`there is no table of ${className}`);
  const { fields } = tableOf(className);
  const encoded: Record<string, WireValue> = {};
  for (const [name, value] of Object.entries(record)) {
    const type = fields[name]?.type ?? 'string';
    encoded[name] = type === 'snapshot' ? encodeRecord(classOfEvent(record), value as Struct) : encodeForXml(type, value);
  }
  return encoded;
}

/** Events name classes in lower case. */
const BY_LOWER_CASE = new Map((Object.keys(CLASSES) as ClassName[]).map((name) => [name.toLowerCase(), name]));

export const classOfLowerCase = (name: string): ClassName | undefined => BY_LOWER_CASE.get(name.toLowerCase());

const classOfEvent = (event: Struct): string => classOfLowerCase(textOf(event['class'])) ?? '';

function encodeBatch({ events, token, valid_ref_counts: counts }: Struct): WireValue {
  return {
    events: encodeForXml('set record:event', events ?? []),
    token: token as string,
    valid_ref_counts: encodeForXml('map string int', counts ?? {}),
  };
}

function mapValues(of: Struct, change: (value: Value) => WireValue): WireValue {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
}
