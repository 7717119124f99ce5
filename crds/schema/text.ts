/** Strings with bounds. Every string of the API is one of these: an unbounded one would make the CEL rules around it unaffordable. */
import { Type } from 'typebox';
import { DURATION_MAX_LENGTH, DURATION_PATTERN } from '../duration.ts';
import { checkedBy, type Rule } from './rule.ts';

/** One of a closed set. */
export const enumOf = <const T extends readonly string[]>(values: T, description: string, ...rules: readonly Rule[]) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: values, description, ...checkedBy(rules) });

/** Free text for people. */
export const text = (description: string, maxLength: number) => Type.String({ maxLength, description });

/** Text that must not be empty. */
export const word = (description: string, maxLength: number, ...rules: readonly Rule[]) =>
  Type.String({ minLength: 1, maxLength, description, ...checkedBy(rules) });

/** What must match a pattern; the pattern alone must already keep the empty string out. */
export const pattern = (regularExpression: string, maxLength: number, description: string, ...rules: readonly Rule[]) =>
  Type.String({ pattern: regularExpression, maxLength, description, ...checkedBy(rules) });

const OBJECT_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
/** Name of a Kubernetes object: an RFC 1123 subdomain. */
export const objectName = (description: string) => pattern(OBJECT_NAME, 253, description);

/** Name of a Hypervisor: short enough to be the value of a label. */
export const hypervisorName = (description: string) => pattern(OBJECT_NAME, 63, description);

export const LABEL_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
/** A short name within one object (an interface, a key of a map): an RFC 1123 label. */
export const labelName = (description: string) => pattern(LABEL_NAME, 63, description);

/** CamelCase, for programs to compare and people to read: a reason, an operation, a kind. Open: new values come with new versions. */
export const camelCase = (description: string, maxLength = 128) =>
  pattern('^[A-Za-z]([A-Za-z0-9_,:.-]*[A-Za-z0-9_])?$', maxLength, description);

/** A moment, RFC 3339. */
export const timestamp = (description: string) => Type.String({ format: 'date-time', description });

/** `30s`, `10m`, `1h30m`: see ../duration.ts. Bounded, so that a moment that much later can still be written down. */
export const duration = (description: string) =>
  pattern(DURATION_PATTERN, DURATION_MAX_LENGTH, description, {
    rule: "duration(self) <= duration('87600h')",
    message: 'must be at most 87600h, which is ten years',
  });
