/** XAPI's calls with the types of its tables: arguments by name, results as edge.ts has them. */
import {
  CLASSES,
  type ArgumentsOf,
  type ClassName,
  type CreateRecordOf,
  type FieldName,
  type MethodName,
  type RecordOf,
  type Ref,
  type ResultOf,
} from '../model/model.ts';
import type { Message } from '../model/notation.ts';
import { within, type Left } from '../time.ts';
import { normalise, refOf } from './edge.ts';

/** Rejects with `XapiFailure`, `ConnectionError`, or what `within` rejects with. */
export type Invoke = (method: string, args: readonly unknown[]) => Promise<unknown>;

export class Rpc {
  readonly #invoke: Invoke;

  constructor(invoke: Invoke) {
    this.#invoke = invoke;
  }

  async call<M extends MethodName>(method: M, args: ArgumentsOf<M>, left: Left): Promise<ResultOf<M>> {
    const { result, parameters } = messageOf(method);
    return normalise(result, await this.#send(method, positional(parameters, args), left)) as ResultOf<M>;
  }

  /** Begins it as a task of the server. */
  async begin<M extends MethodName>(method: M, args: ArgumentsOf<M>, left: Left): Promise<Ref> {
    return refOf(await this.#send(`Async.${method}`, positional(messageOf(method).parameters, args), left));
  }

  async create<C extends ClassName>(name: C, record: CreateRecordOf<C>, left: Left): Promise<Ref> {
    return refOf(await this.#send(`${name}.create`, [record], left));
  }

  async destroy(name: ClassName, ref: Ref, left: Left): Promise<void> {
    await this.#send(`${name}.destroy`, [ref], left);
  }

  async beginDestroy(name: ClassName, ref: Ref, left: Left): Promise<Ref> {
    return refOf(await this.#send(`Async.${name}.destroy`, [ref], left));
  }

  async set<C extends ClassName, F extends FieldName<C>>(name: C, ref: Ref, field: F, value: RecordOf<C>[F], left: Left): Promise<void> {
    await this.#send(`${name}.set_${field}`, [ref, value], left);
  }

  /** A key that is there is removed first: XAPI refuses to write over it, and removing one that is not there succeeds. */
  async put<C extends ClassName>(name: C, ref: Ref, field: FieldName<C>, key: string, value: string, left: Left): Promise<void> {
    await this.remove(name, ref, field, key, left);
    await this.add(name, ref, field, key, value, left);
  }

  async add<C extends ClassName>(name: C, ref: Ref, field: FieldName<C>, key: string, value: string, left: Left): Promise<void> {
    await this.#send(`${name}.add_to_${field}`, [ref, key, value], left);
  }

  async remove<C extends ClassName>(name: C, ref: Ref, field: FieldName<C>, key: string, left: Left): Promise<void> {
    await this.#send(`${name}.remove_from_${field}`, [ref, key], left);
  }

  #send(method: string, args: readonly unknown[], left: Left): Promise<unknown> {
    left().signal.throwIfAborted();
    return within(this.#invoke(method, args), left);
  }
}

function messageOf(method: MethodName): Message {
  const [name, message] = method.split('.') as [ClassName, string];
  const messages: Readonly<Record<string, Message>> = CLASSES[name].messages;
  const found = messages[message];
  if (found === undefined) throw new Error(`the tables of XAPI's classes have no ${method}`);
  return found;
}

/** Arguments that may be left out are at the end. */
function positional(parameters: Message['parameters'], args: object): readonly unknown[] {
  const given = new Map(Object.entries(args));
  const names = Object.keys(parameters);
  const last = names.findLastIndex((name) => given.get(name) !== undefined);
  return names.slice(0, last + 1).map((name) => given.get(name));
}
