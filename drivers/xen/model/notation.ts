/**
 * How the tables of XAPI's classes are written.
 *
 * A type is a word or three: `string`, `int` (64 bit), `float`, `bool`, `datetime`, `enum:x`, `ref:Class`, `record:Class`;
 * `set <word>`; `map <word> <word>`, where a map's value may be `set:<word>`. Two are no types of fields: `void` of messages,
 * and `snapshot`, the record of whatever object an event is about. In a message's parameters `?` at the end marks one that may
 * be left out.
 */
export type TypeText = string;

/** The reference that refers to nothing. */
export const NULL_REF = 'OpaqueRef:NULL';

/** What a field is when nobody said otherwise: data of the type, as in a record. */
export type Default = string | number | boolean | readonly (string | number)[] | Readonly<Record<string, string>>;

/** `ro` is only ever written by the server, `init` may be given at creation, `rw` has setters besides. */
export type Qualifier = 'ro' | 'init' | 'rw';

export interface Field<
  T extends TypeText = TypeText,
  Q extends Qualifier = Qualifier,
  D extends Default | undefined = Default | undefined,
> {
  readonly type: T;
  readonly qualifier: Q;
  /** Absent: `create` needs the field to be given, if it is one that can be given. */
  readonly initial: D;
}

type Maker<Q extends Qualifier> = {
  <const T extends TypeText>(type: T): Field<T, Q, undefined>;
  <const T extends TypeText, const D extends Default>(type: T, initial: D): Field<T, Q, D>;
};

function maker<Q extends Qualifier>(qualifier: Q): Maker<Q> {
  return (<T extends TypeText>(type: T, initial?: Default) => ({ type, qualifier, initial })) as Maker<Q>;
}

export const ro = maker('ro');
export const init = maker('init');
export const rw = maker('rw');

export interface Message<R extends TypeText = TypeText, P extends Readonly<Record<string, TypeText>> = Readonly<Record<string, TypeText>>> {
  readonly result: R;
  /** In the order of the call, after the session. */
  readonly parameters: P;
  /** Whether there is an `Async.` form, which gives a task. */
  readonly async: boolean;
}

export function takes<const R extends TypeText, const P extends Readonly<Record<string, TypeText>>>(
  result: R,
  parameters: P,
): Message<R, P> {
  return { result, parameters, async: true };
}

/** A message without an `Async.` form. */
export function sync<const R extends TypeText, const P extends Readonly<Record<string, TypeText>>>(
  result: R,
  parameters: P,
): Message<R, P> {
  return { result, parameters, async: false };
}

export interface ClassTable {
  readonly fields: Readonly<Record<string, Field>>;
  readonly messages: Readonly<Record<string, Message>>;
}
