/** Messages: alerts about objects, which clients may write too. */
import type { RecordOf, Ref } from '../../../drivers/xen/model/model.ts';
import { byUuid, where } from '../rpc/generic.ts';
import type { SomeHandlers } from '../rpc/handler.ts';
import type { Store } from '../store/store.ts';
import { millisecondsOf } from '../wire/date-time.ts';

type Message = RecordOf<'message'>;

function select(store: Store, wanted: (message: Message) => boolean): Readonly<Record<Ref, Message>> {
  return Object.fromEntries(store.all('message').filter(([, message]) => wanted(message)));
}

const isSince = (since: string) => (message: Message) => millisecondsOf(message.timestamp) > millisecondsOf(since);

export const messageHandlers = {
  'message.create': ({ world }, { name, priority, cls, obj_uuid, body }) =>
    world.store.create('message', { name, priority, cls, obj_uuid, body, timestamp: world.dateTime }),
  'message.destroy': ({ world: { store } }, { self }) => store.destroy('message', self),
  'message.destroy_many': ({ world: { store } }, { messages }) => {
    for (const ref of messages) store.destroy('message', ref);
  },
  'message.get': ({ world: { store } }, { cls, obj_uuid, since }) =>
    select(store, (message) => message.cls === cls && message.obj_uuid === obj_uuid && isSince(since)(message)),
  'message.get_since': ({ world: { store } }, { since }) => select(store, isSince(since)),
  'message.get_all': ({ world: { store } }) => store.all('message').map(([ref]) => ref),
  'message.get_record': ({ world: { store } }, { self }) => store.get('message', self),
  'message.get_by_uuid': ({ world: { store } }, { uuid }) => byUuid(store, 'message', uuid),
  'message.get_all_records': ({ world: { store } }) => select(store, () => true),
  'message.get_all_records_where': ({ world: { store } }, { expr }) => where(store, 'message', expr) as Readonly<Record<Ref, Message>>,
} as const satisfies SomeHandlers;
