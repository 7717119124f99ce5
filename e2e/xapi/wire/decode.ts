/** From what a client sent, in either format, to values of a type. Integers may come as text in both, as XAPI takes them. */
import { tableOf, isClassName } from '../../../drivers/xen/model/generic.ts';
import { ENUMS } from '../../../drivers/xen/model/enums.ts';
import type { EnumName, Value } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import { WireDate, millisecondsOf } from './date-time.ts';
import { failure } from './failure.ts';
import { parseType, parseWord, type Word } from './type.ts';

/** `name` is what a failure names: FIELD_TYPE_ERROR. */
export function decode(typeText: string, sent: unknown, name: string): Value {
  const type = parseType(typeText);
  switch (type.shape) {
    case 'word':
      return decodeWord(type.word, sent, name);
    case 'set':
      return decodeList(type.word, sent, name);
    case 'map':
      return Object.fromEntries(Object.entries(struct(sent, name)).map(([key, value]) => [key, decodeWord(type.word, value, name)]));
  }
}

function decodeWord(word: Word, sent: unknown, name: string): Value {
  switch (word.kind) {
    case 'string':
      return typeof sent === 'string' ? sent : wrong(name);
    case 'int': {
      if (typeof sent === 'string' && /^\s*[-+]?\d+\s*$/.test(sent)) return Number(sent);
      return typeof sent === 'number' && Number.isInteger(sent) ? sent : wrong(name);
    }
    case 'float':
      return typeof sent === 'number'
        ? sent
        : typeof sent === 'string' && sent !== '' && !Number.isNaN(Number(sent))
          ? Number(sent)
          : wrong(name);
    case 'bool':
      return typeof sent === 'boolean' ? sent : wrong(name);
    case 'datetime': {
      const text = sent instanceof WireDate ? sent.text : sent;
      return typeof text === 'string' && !Number.isNaN(millisecondsOf(text)) ? text : wrong(name);
    }
    case 'ref':
      return typeof sent === 'string' ? (sent === '' ? NULL_REF : sent) : wrong(name);
    case 'enum':
      return typeof sent === 'string' && (ENUMS[word.of as EnumName] as readonly string[]).includes(sent) ? sent : wrong(name);
    case 'record':
      return decodeRecord(word.of, struct(sent, name));
    case 'set':
      return decodeList(parseWord(word.of), sent, name);
    case 'snapshot':
    case 'void':
      return wrong(name);
  }
}

/** What is given to `create`: the server's own fields are passed over, and so are names that it does not know. */
function decodeRecord(className: string, sent: Readonly<Record<string, unknown>>): Value {
  const { fields } = tableOf(isClassName(className) ? className : 'event');
  const decoded: Record<string, Value> = {};
  for (const [name, { type, qualifier, initial }] of Object.entries(fields)) {
    if (qualifier === 'ro') continue;
    if (Object.hasOwn(sent, name)) decoded[name] = decode(type, sent[name], name);
    else if (initial === undefined) throw failure('INTERNAL_ERROR', `Server_helpers.Dispatcher_FieldNotFound("${name}")`);
  }
  return decoded;
}

function decodeList(word: Word, sent: unknown, name: string): Value {
  return Array.isArray(sent) ? sent.map((one) => decodeWord(word, one, name)) : wrong(name);
}

function struct(sent: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent) || sent instanceof WireDate) return wrong(name);
  return sent as Readonly<Record<string, unknown>>;
}

function wrong(name: string): never {
  throw failure('FIELD_TYPE_ERROR', name);
}
