/** Pieces that the schemas of requests, scripts and control commands share. */
import { Type, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { OwnerMark } from '../../owner.ts';

export const strict = { additionalProperties: false } as const;
export const Text = Type.String({ maxLength: 1024 });
export const Name = Type.String({ minLength: 1, maxLength: 1024 });
export const Milliseconds = Type.Number({ minimum: 0, maximum: 86_400_000 });

export const oneOf = <const T extends readonly string[]>(values: T) => Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });

export const Mark = Type.Unsafe<OwnerMark>(
  Type.Object({
    clusterId: Text,
    namespace: Text,
    name: Text,
    uid: Text,
    role: oneOf(['main', 'rescue', 'orig', 'retained']),
    origin: Type.Optional(oneOf(['Adopted'])),
    operation: Type.Optional(Text),
    runId: Type.Optional(Text),
    bootHash: Type.Optional(Text),
  }),
);

/** Tells what is wrong with a value, for people; undefined: nothing. Compiled at first use: the operator imports it for nothing. */
export function compileCheck(schema: TSchema): (value: unknown) => string | undefined {
  let validator: Validator | undefined;
  return (value) => {
    validator ??= Compile(schema);
    if (validator.Check(value)) return undefined;
    const problem = validator.Errors(value)[0];
    return `${problem?.instancePath ?? ''} ${problem?.message ?? 'is not allowed'}`.trimStart();
  };
}
