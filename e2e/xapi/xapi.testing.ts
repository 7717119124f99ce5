/** For tests: a pool without HTTP, and calls into it. */
import type { Value } from '../../drivers/xen/model/model.ts';
import { dispatch } from './rpc/dispatch.ts';
import { setScene, type Scene } from './scene/scene.ts';
import { World } from './world/world.ts';

export interface TestPool {
  readonly world: World;
  readonly scene: Scene;
  readonly session: string;
  /** With the session in front. */
  readonly call: <T = Value>(method: string, ...parameters: readonly unknown[]) => Promise<T>;
  /** As they are. */
  readonly raw: (method: string, ...parameters: readonly unknown[]) => Promise<Value>;
  /** Begins `Async.<method>` and waits for the end of its task, which it gives. */
  readonly task: (method: string, ...parameters: readonly unknown[]) => Promise<Readonly<Record<string, unknown>>>;
}

export const CREDENTIALS = { user: 'root', password: 'secret' };

export async function testPool({ hosts = 1, now }: { readonly hosts?: number; readonly now?: () => number } = {}): Promise<TestPool> {
  const world = new World({ credentials: CREDENTIALS, ...(now === undefined ? {} : { now }) });
  world.durations = { '*': 1 };
  const plans = Array.from({ length: hosts }, (_, index) => ({ name: `h${index + 1}`, address: `127.0.0.${index + 1}` }));
  const scene = setScene(world, { hosts: plans });
  const raw = async (method: string, ...parameters: readonly unknown[]) =>
    (await dispatch(world, scene.hosts[0] ?? '', method, parameters)).value;
  const session = (await raw('session.login_with_password', CREDENTIALS.user, CREDENTIALS.password)) as string;
  const call = async <T = Value>(method: string, ...parameters: readonly unknown[]) => (await raw(method, session, ...parameters)) as T;
  const task = async (method: string, ...parameters: readonly unknown[]) => {
    const ref = await call<string>(`Async.${method}`, ...parameters);
    for (;;) {
      const record = await call<Readonly<Record<string, unknown>>>('task.get_record', ref);
      if (record['status'] !== 'pending') return record;
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
    }
  };
  return { world, scene, session, call, raw, task };
}
