/** Hearing of changes: `event.from`, which keeps nothing between calls, and `event.next` of old, which keeps a queue per session. */
import type { ClassName, Ref } from '../../../drivers/xen/model/model.ts';
import type { Call, SomeHandlers } from '../rpc/handler.ts';
import { classOfLowerCase } from '../wire/encode.ts';
import { failure } from '../wire/failure.ts';
import { BATCH_MILLISECONDS, batchSince, parseSubscriptions, parseToken, tokenOf, type Batch } from '../world/events.ts';
import type { World } from '../world/world.ts';

/** The longest that anybody waits, as the time-out of `event.next`. */
const NEXT_SECONDS = 30;

interface Registration {
  readonly classes: Set<string>;
  generation: number;
}

const registrations = new WeakMap<World, Map<Ref, Registration>>();

function registrationsOf(world: World): Map<Ref, Registration> {
  const known = registrations.get(world) ?? new Map<Ref, Registration>();
  for (const session of known.keys()) if (!world.sessions.isOpen(session)) known.delete(session);
  registrations.set(world, known);
  return known;
}

async function waitForEvents({ world, session, task }: Call, look: () => Batch, unchanged: string, seconds: number): Promise<Batch> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const left = deadline - performance.now();
    const gathered = await world.feed.change(look, unchanged, Math.max(0, left), BATCH_MILLISECONDS, task.signal);
    world.sessions.check(session);
    if (gathered.events.length > 0 || performance.now() >= deadline) return gathered;
  }
}

export const eventHandlers = {
  'event.from': async (call, { classes, token, timeout }) => {
    const wanted = parseSubscriptions(classes);
    const since = parseToken(token);
    return { ...(await waitForEvents(call, () => batchSince(call.world.store, wanted, since), token, timeout)) };
  },
  'event.inject': ({ world: { store } }, { class: name, ref }) => {
    const className: ClassName | undefined = classOfLowerCase(name);
    if (className === undefined) throw failure('HANDLE_INVALID', name, ref);
    store.touch(className, ref);
    return tokenOf({ objects: store.generation, messages: store.generation });
  },
  'event.get_current_id': ({ world: { store } }) => store.generation,
  'event.register': ({ world, session }, { classes }) => {
    const known = registrationsOf(world);
    const before = known.get(session);
    known.set(session, {
      classes: new Set([...(before?.classes ?? []), ...classes]),
      generation: before?.generation ?? world.store.generation,
    });
  },
  'event.unregister': ({ world, session }, { classes }) => {
    const registered = registrationsOf(world).get(session)?.classes;
    for (const name of classes) registered?.delete(name);
  },
  'event.next': async (call) => {
    const registered = registrationsOf(call.world).get(call.session);
    if (registered === undefined || registered.classes.size === 0) throw failure('SESSION_NOT_REGISTERED', call.session);
    const wanted = parseSubscriptions([...registered.classes]);
    const { store } = call.world;
    const since = { objects: registered.generation, messages: registered.generation };
    const { events } = await waitForEvents(call, () => batchSince(store, wanted, since), '', NEXT_SECONDS);
    registered.generation = store.generation;
    return events;
  },
} as const satisfies SomeHandlers;
