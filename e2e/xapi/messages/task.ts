/** Tasks that clients make, and what they may do to any. */
import { withKey, withoutKey } from '../rpc/generic.ts';
import type { SomeHandlers } from '../rpc/handler.ts';

export const taskHandlers = {
  'task.create': ({ world, host }, { label, description }) => world.tasks.make(label, description, host),
  'task.destroy': ({ world }, { self }) => world.tasks.destroy(self),
  'task.cancel': ({ world }, { task }) => world.tasks.cancel(task),
  'task.set_status': ({ world: { store } }, { self, value }) => store.update('task', self, { status: value }),
  'task.set_progress': ({ world: { store } }, { self, value }) => store.update('task', self, { progress: value }),
  'task.set_result': ({ world: { store } }, { self, value }) => store.update('task', self, { result: value }),
  'task.set_error_info': ({ world: { store } }, { self, value }) => store.update('task', self, { error_info: value }),
  'task.set_other_config': ({ world: { store } }, { self, value }) => store.update('task', self, { other_config: value }),
  'task.add_to_other_config': ({ world: { store } }, { self, key, value }) => {
    const { other_config: before } = store.get('task', self);
    store.update('task', self, { other_config: withKey('task', self, 'other_config', before, key, value) });
  },
  'task.remove_from_other_config': ({ world: { store } }, { self, key }) => {
    store.update('task', self, { other_config: withoutKey(store.get('task', self).other_config, key) });
  },
} as const satisfies SomeHandlers;
