/** Numbers with bounds, and quantities. */
import { Type } from 'typebox';
import { QUANTITY_MAX_LENGTH, QUANTITY_PATTERN, type Quantity } from '../quantity.ts';
import { checkedBy, type Rule } from './rule.ts';

export const count = (description: string, bounds: { readonly minimum?: number; readonly maximum?: number } = {}) =>
  Type.Integer({ format: 'int32', minimum: 0, ...bounds, description });

/** Generations and other numbers that the API server counts. */
export const int64 = (description: string) => Type.Integer({ format: 'int64', minimum: 0, description });

/** Bytes as people write them: `16Mi`, `1.5Gi`, or a bare number of bytes. See ../quantity.ts. */
export const quantity = (description: string, ...rules: readonly Rule[]) =>
  Type.Unsafe<Quantity>({
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern: QUANTITY_PATTERN,
    maxLength: QUANTITY_MAX_LENGTH,
    minimum: 0,
    description,
    ...checkedBy(rules),
  });

/** A factor with at most two decimals; a string, because floating point numbers do not survive every client. */
export const ratio = (description: string) => Type.String({ pattern: '^[0-9]{1,3}(\\.[0-9]{1,2})?$', maxLength: 6, description });
