/**
 * What comes from XAPI, as its tables say: whole numbers are text over XML-RPC and numbers over JSON-RPC, dates are one or the
 * other, and references to nothing are written in three ways. Here it becomes one, and nobody behind it has to ask.
 */
import { CLASSES, type ClassName, type RecordOf } from '../model/model.ts';
import { NULL_REF, type Field } from '../model/notation.ts';

/** By a type in the notation of the tables. What is not of that type is read as nothing of it. */
export function normalise(type: string, value: unknown): unknown {
  const [word = '', second = '', third = ''] = type.split(' ');
  if (word === 'set') return Array.isArray(value) ? value.map((one) => normaliseWord(second, one)) : [];
  if (word === 'map') return mapOf(value, third);
  return normaliseWord(word, value);
}

function mapOf(value: unknown, type: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, normaliseWord(type, one)]));
}

function normaliseWord(type: string, value: unknown): unknown {
  const [kind = ''] = type.split(':');
  switch (kind) {
    case 'int':
    case 'float':
      return numberOf(value);
    case 'bool':
      return value === true || value === 'true' || value === '1' || value === 1;
    case 'datetime':
      return dateOf(value);
    case 'ref':
      return refOf(value);
    case 'set':
      return normalise(type.replace(':', ' '), value);
    case 'record':
    case 'snapshot':
      return value;
    default:
      return typeof value === 'string' ? value : '';
  }
}

/** Larger ones than a number can tell exactly do not occur: sizes end at petabytes. */
function numberOf(value: unknown): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0;
  return Number.isFinite(number) ? number : 0;
}

const NEVER = '19700101T00:00:00Z';

/** As `YYYYMMDDTHH:MM:SSZ`. */
function dateOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? NEVER : value;
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return NEVER;
  return `${value.toISOString().slice(0, 19).replaceAll('-', '')}Z`;
}

/** Old servers write `Ref:*`, and an empty text for the drive that is empty. */
export function refOf(value: unknown): string {
  return typeof value === 'string' && value.startsWith('OpaqueRef:') ? value : NULL_REF;
}

/** Whether a reference refers to something. */
export const isRef = (ref: string): boolean => ref !== NULL_REF;

/** A whole record. What an older server does not know of is as for a new object. */
export function normaliseRecord<C extends ClassName>(name: C, raw: Readonly<Record<string, unknown>>): RecordOf<C> {
  const fields: readonly (readonly [string, Field])[] = Object.entries(CLASSES[name].fields);
  return Object.fromEntries(fields.map(([field, { type, initial }]) => [field, normalise(type, raw[field] ?? initial)])) as RecordOf<C>;
}
