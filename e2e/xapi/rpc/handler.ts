/** What carries out a message: its arguments by name, and what of the call it may need. */
import type { ArgumentsOf, MethodName, Ref, ResultOf, Value } from '../../../drivers/xen/model/model.ts';
import type { Task } from '../world/task.ts';
import type { World } from '../world/world.ts';

export interface Call {
  readonly world: World;
  /** NULL_REF while there is none: at login. */
  readonly session: Ref;
  /** The host that was asked. */
  readonly host: Ref;
  readonly task: Task;
}

export type Handler<M extends MethodName> = (call: Call, args: ArgumentsOf<M>) => ResultOf<M> | Promise<ResultOf<M>>;

export type Handlers = { readonly [M in MethodName]: Handler<M> };

/** Some of all messages, say those of a class. */
export type SomeHandlers = { readonly [M in MethodName]?: Handler<M> };

/** As dispatching sees them, once arguments are what the table says. */
export type UntypedHandler = (call: Call, args: Readonly<Record<string, Value>>) => Value | undefined | Promise<Value | undefined>;
