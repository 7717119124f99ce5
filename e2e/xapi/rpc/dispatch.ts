/** From a call as a client sent it to its result: master, session, parameters, task, faults, and then the message itself. */
import type { Ref, Value } from '../../../drivers/xen/model/model.ts';
import { NULL_REF } from '../../../drivers/xen/model/notation.ts';
import { HANDLERS } from '../messages/handlers.ts';
import { decode } from '../wire/decode.ts';
import { encodeForXml } from '../wire/encode.ts';
import { asFailure, failure } from '../wire/failure.ts';
import { textOf } from '../wire/text.ts';
import { xmlValue } from '../wire/xml-rpc.ts';
import type { World } from '../world/world.ts';
import { generic, where } from './generic.ts';
import type { Call, UntypedHandler } from './handler.ts';
import { METHODS, methodNames, type Method } from './methods.ts';

export interface Result {
  readonly type: string;
  readonly value: Value;
}

type Arguments = Readonly<Record<string, Value>>;

/** @throws Failure, or Dropped by script */
export async function dispatch(world: World, host: Ref, name: string, sent: readonly unknown[]): Promise<Result> {
  world.faults.note(name);
  if (name === 'system.listMethods') return { type: 'set string', value: methodNames() };
  const isAsync = name.startsWith('Async.');
  const method = METHODS.get(isAsync ? name.slice('Async.'.length) : name);
  if (method === undefined || (isAsync && !method.async)) throw failure('MESSAGE_METHOD_UNKNOWN', name);
  const parameters = method.needsSession ? sent.slice(1) : sent;
  requireCount(method, name, method.needsSession ? sent.length - 1 : sent.length);
  requireMaster(world, host, method);
  if (isAsync) await world.faults.before(name, parameters);
  const session = method.needsSession ? textOf(sent[0]) : NULL_REF;
  if (method.needsSession) world.sessions.check(session);
  const args = Object.fromEntries(
    parameters.map((value, index) => [
      method.parameters[index]?.name ?? '',
      decode(method.parameters[index]?.type ?? 'string', value, method.parameters[index]?.name ?? ''),
    ]),
  );
  if (!isAsync) {
    const task = world.tasks.hidden(method.name);
    try {
      return await perform(method, { world, host, session, task }, args, parameters);
    } finally {
      world.tasks.release(task);
    }
  }
  const task = world.tasks.begin(name, '', host);
  void inBackground(method, { world, host, session, task }, args, parameters);
  await world.faults.after(name, parameters);
  return { type: 'ref:task', value: task.ref };
}

async function inBackground(method: Method, call: Call, args: Arguments, parameters: readonly unknown[]): Promise<void> {
  const { world, task } = call;
  try {
    // The caller has its task before anything comes of it.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const { type, value } = await perform(method, call, args, parameters);
    world.tasks.succeed(task, type === 'void' ? '' : xmlValue(encodeForXml(type, value)));
  } catch (error) {
    world.tasks.fail(task, asFailure(error));
  }
}

async function perform(method: Method, call: Call, args: Arguments, parameters: readonly unknown[]): Promise<Result> {
  const { faults } = call.world;
  await faults.before(method.name, parameters);
  const value = await carryOut(method, call, args);
  await faults.after(method.name, parameters);
  return { type: method.result, value };
}

async function carryOut({ className, does }: Method, call: Call, args: Arguments): Promise<Value> {
  const { store } = call.world;
  switch (does.kind) {
    case 'Generic':
      return generic(store, className, does.message, args);
    case 'Where':
      return where(store, className, textOf(args['expr']));
    case 'Own': {
      const handler = HANDLERS[does.name] as UntypedHandler | undefined;
      if (handler === undefined) throw failure('NOT_IMPLEMENTED', does.name);
      return (await handler(call, args)) ?? '';
    }
  }
}

/** As many as the message has, of which those at the end may be left out that are optional. Does not count the session. */
function requireCount({ parameters }: Method, name: string, count: number): void {
  const least = parameters.filter(({ optional }) => !optional).length;
  if (count < least || count > parameters.length) {
    throw failure('MESSAGE_PARAMETER_COUNT_MISMATCH', name, String(count < least ? least : parameters.length), String(count));
  }
}

/** Only the master takes calls, but for those that are meant for a host alone. */
function requireMaster(world: World, host: Ref, { name }: Method): void {
  const { master } = world.pool;
  if (host === master || name === 'session.slave_local_login_with_password') return;
  throw failure('HOST_IS_SLAVE', world.store.get('host', master).address);
}
