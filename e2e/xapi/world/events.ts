/**
 * `event.from`: what changed since a token, of what was asked for.
 *
 * A token is the generation of the store and that of the last message, twenty digits each; the empty one is older than all. What
 * was made and is gone again since then is not told of; what was made since is told as `add` only. Messages come first, then
 * additions, changes and deletions. An answer waits until there is something to tell, gathers what else happens within 50 ms,
 * and is empty only at the time-out.
 */
import { CLASSES, type ClassName, type Ref, type Value } from '../../../drivers/xen/model/model.ts';
import type { Row, Tombstone } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import { classOfLowerCase } from '../wire/encode.ts';
import { dateTime } from '../wire/date-time.ts';
import { failure } from '../wire/failure.ts';

export const BATCH_MILLISECONDS = 50;

type Operation = 'add' | 'mod' | 'del';
export type Event = Readonly<Record<string, Value>>;

interface Position {
  readonly objects: number;
  readonly messages: number;
}

export const tokenOf = ({ objects, messages }: Position): string => `${digits(objects)},${digits(messages)}`;

const digits = (value: number): string => String(value).padStart(20, '0');

/** @throws EVENT_FROM_TOKEN_PARSE_FAILURE */
export function parseToken(token: string): Position {
  if (token === '') return { objects: 0, messages: 0 };
  const match = /^(\d+),(\d+)$/.exec(token);
  if (match === null) throw failure('EVENT_FROM_TOKEN_PARSE_FAILURE', token);
  return { objects: Number(match[1]), messages: Number(match[2]) };
}

type Wanted = (of: { readonly className: ClassName; readonly ref: Ref }) => boolean;

/** `*`, `Class` or `Class/ref`, in any case. @throws EVENT_SUBSCRIPTION_PARSE_FAILURE */
export function parseSubscriptions(texts: readonly string[]): Wanted {
  if (texts.includes('*')) return () => true;
  const classes = new Set<ClassName>();
  const objects = new Set<Ref>();
  for (const text of texts) {
    const [name = '', ref, ...more] = text.split('/');
    if (name === '' || more.length > 0) throw failure('EVENT_SUBSCRIPTION_PARSE_FAILURE', text);
    const className = classOfLowerCase(name);
    if (ref !== undefined) objects.add(ref);
    else if (className !== undefined) classes.add(className);
  }
  return ({ className, ref }) => classes.has(className) || objects.has(ref);
}

export interface Batch {
  readonly events: readonly Event[];
  readonly token: string;
  readonly valid_ref_counts: Readonly<Record<string, number>>;
}

export function batchSince(store: Store, wanted: Wanted, since: Position): Batch {
  const objects = store.changes(since.objects, (of) => of.className !== 'message' && wanted(of));
  const messages = store.changes(since.messages, (of) => of.className === 'message' && wanted(of));
  return {
    events: [
      ...messages.added.map(tell('add')),
      ...messages.modified.map(tell('mod')),
      ...messages.deleted.map(tell('del')),
      ...objects.added.map(tell('add')),
      ...objects.modified.map(tell('mod')),
      ...objects.deleted.map(tell('del')),
    ],
    token: tokenOf({ objects: store.generation, messages: store.generation }),
    valid_ref_counts: counts(store),
  };
}

const tell = (operation: Operation) => (of: Row | Tombstone) => eventOf(operation, of);

function eventOf(operation: Operation, of: Row | Tombstone): Event {
  const { className, ref } = of;
  const common = { class: className.toLowerCase(), operation, ref, timestamp: dateTime(0) };
  if ('deleted' in of) return { ...common, id: of.deleted, obj_uuid: of.uuid };
  return { ...common, id: of.modified, obj_uuid: of.record['uuid'] ?? '', snapshot: of.record };
}

/** How many objects there are of each class, by which a client sees that it missed deletions. */
function counts(store: Store): Readonly<Record<string, number>> {
  const counted = (Object.keys(CLASSES) as ClassName[]).filter((name) => name !== 'event' && name !== 'message');
  return Object.fromEntries(counted.map((name) => [name.toLowerCase(), store.count(name)]));
}
