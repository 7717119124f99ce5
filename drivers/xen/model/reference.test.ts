/**
 * The tables against the published description of XAPI, as data that the project does not carry: HOSTLER_REFERENCE_DATA names
 * the folder that holds it. Without it these tests are reported as skipped.
 */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ENUMS } from './enums.ts';
import { ERRORS } from './errors.ts';
import { genericMessages, isClassName, tableOf } from './generic.ts';
import { CLASSES, type ClassName } from './model.ts';
import { NULL_REF, type Default, type Field, type TypeText } from './notation.ts';
import { RELATIONS } from './relations.ts';

interface PublishedField {
  readonly n: string;
  readonly t: string;
  readonly q: string;
  readonly d?: string;
}
interface PublishedMessage {
  readonly n: string;
  readonly r: string;
  readonly p: readonly (readonly [name: string, type: string, required: boolean])[];
  /** Whether it follows from a field. */
  readonly i: boolean;
}
interface PublishedClass {
  readonly name: string;
  readonly fields: readonly PublishedField[];
  readonly messages: readonly PublishedMessage[];
  readonly enums: readonly { readonly n: string; readonly v: readonly string[] }[];
}

const folder = process.env['HOSTLER_REFERENCE_DATA'];
const describeWithReference = folder === undefined ? describe.skip : describe;
const read = (name: string) => readFileSync(path.join(folder ?? '', 'xen', name), 'utf8');
const published = () => JSON.parse(read('datamodel.json')) as readonly PublishedClass[];
const publishedClass = (name: string) => published().find((one) => one.name === name);
const classNames = Object.keys(CLASSES) as ClassName[];

function word(text: string): string {
  const [kind, of] = text.split(':');
  if (of === undefined) return text;
  return kind === 'enum' ? `enum ${of}` : kind === 'set' ? `${of} set` : `${of} ${kind}`;
}

/** In the words of the published description. */
function spelled(type: TypeText): string {
  if (type === 'snapshot') return '<class> record';
  if (type === 'record:event_batch') return 'an event batch';
  const [outer, first = '', second = ''] = type.split(' ');
  if (outer === 'set') return `${word(first)} set`;
  if (outer === 'map') return `(${word(first)} -> ${word(second)}) map`;
  return word(type);
}

function text(value: Default): string {
  if (Array.isArray(value)) return `{${value.join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value as Readonly<Record<string, string>>);
  return `{${entries.map(([key, of]) => `"${key}" -> "${of}"`).join(', ')}}`;
}

function spelledDefault({ initial }: Field): string | undefined {
  if (initial === undefined) return undefined;
  return text(initial);
}

const simple = (name: string) => name.replaceAll('_', '').toLowerCase();
const side = ([name, field]: readonly [string, string]) => `${simple(name)}.${field}`;

const QUALIFIERS = { ro: 'RO/runtime', init: 'RO/constructor', rw: 'RW' };
/** Equal in meaning: the description quotes some strings and not others, and writes `1.` for the float 1. */
const plain = (text: string | undefined) => (text === 'Null' ? NULL_REF : text?.replaceAll(/^"|"$/g, '').replace(/^(-?\d+)\.$/, '$1'));

/** The list of Async forms is of a language in which every object has a method `clone` of its own. */
const inJava = (message: string) => (message === 'clone' ? 'create_clone' : message);

describeWithReference('the published description of XAPI', () => {
  test.each(classNames)('%s has those fields, in that order', (name) => {
    const fields = Object.entries(tableOf(name).fields);
    expect(fields.map(([field, table]) => [field, spelled(table.type), QUALIFIERS[table.qualifier], plain(spelledDefault(table))])).toEqual(
      publishedClass(name)?.fields.map(({ n, t, q, d }) => [n, t, q, plain(d)]),
    );
  });

  test.each(classNames)('the messages of %s are called so, and take and give that', (name) => {
    const messages = publishedClass(name)?.messages ?? [];
    for (const [message, table] of Object.entries(tableOf(name).messages)) {
      const found = messages.find(({ n }) => n === message);
      expect({ message, result: spelled(table.result) }).toEqual({ message, result: found?.r });
      expect(Object.entries(table.parameters).map(([key, type]) => [key, spelled(type.replace('?', '')), !type.endsWith('?')])).toEqual(
        found?.p.filter(([key]) => key !== 'session_id'),
      );
    }
  });

  test.each(classNames)('what follows from the fields of %s is what the description says of them', (name) => {
    const given = Object.keys(tableOf(name).messages);
    const messages = publishedClass(name)?.messages ?? [];
    const implied = messages.filter((message) => message.i && message.n !== 'create' && message.n !== 'destroy').map(({ n }) => n);
    expect([...genericMessages(name).keys()].sort()).toEqual(implied.sort());
    expect(given.filter((message) => genericMessages(name).has(message))).toEqual([]);
  });

  test('messages that have an Async form are those that are marked so', () => {
    const listed = new Set(
      read('async-methods.txt')
        .split('\n')
        .map((line) => line.trim().toLowerCase()),
    );
    for (const name of classNames) {
      for (const [message, { async }] of Object.entries(tableOf(name).messages)) {
        expect([name, message, async]).toEqual([name, message, listed.has(`${simple(name)}.${simple(inJava(message))}async`)]);
      }
    }
  });

  test('enumerations have those values', () => {
    const known = new Map(published().flatMap(({ enums }) => enums.map(({ n, v }) => [n, v] as const)));
    for (const [name, values] of Object.entries(ENUMS)) expect({ name, values }).toEqual({ name, values: known.get(name) });
  });

  test('error codes have those parameters, where the description knows the code', () => {
    const known = JSON.parse(read('errors.json')) as Readonly<Record<string, { readonly params: readonly string[] }>>;
    const unknown = Object.entries(ERRORS).filter(([code, parameters]) => {
      const found = known[code];
      if (found !== undefined) expect([code, parameters]).toEqual([code, found.params.map((name) => name.replaceAll(/[^A-Za-z_]/g, '_'))]);
      return found === undefined;
    });
    expect(unknown.map(([code]) => code).sort()).toEqual([
      'EVENT_SUBSCRIPTION_PARSE_FAILURE',
      'HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN',
      'LICENSE_RESTRICTION',
      'MESSAGE_PARAMETER_COUNT_MISMATCH',
      'VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION',
      'VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED',
    ]);
  });

  test('relations between these classes are all there, in that direction', () => {
    const all = JSON.parse(read('relations.json')) as readonly (readonly [readonly [string, string], readonly [string, string]])[];
    const byName = new Map(classNames.map((name) => [simple(name), name]));
    const ours = all.filter(([from, to]) =>
      [from, to].every(([name, field]) => {
        const known = byName.get(simple(name));
        return known !== undefined && isClassName(known) && field in tableOf(known).fields;
      }),
    );
    expect(RELATIONS.map(({ from, to }) => `${side(from)} ${side(to)}`).sort()).toEqual(
      ours.map(([from, to]) => `${side(from)} ${side(to)}`).sort(),
    );
  });
});
