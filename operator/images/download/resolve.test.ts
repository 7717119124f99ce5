import { expect, test } from '@jest/globals';
import { settled } from '../../kernel/testing/manual-clock.ts';
import { boundedResolver, resolveBySystem } from './resolve.ts';

const { signal } = new AbortController();

/** A name server that answers when it is told to. */
function slowResolver() {
  const asked = new Map<string, PromiseWithResolvers<readonly string[]>>();
  const resolve = (hostname: string): Promise<readonly string[]> => {
    const answer = Promise.withResolvers<readonly string[]>();
    asked.set(hostname, answer);
    return answer.promise;
  };
  return { asked, resolve: boundedResolver(resolve, 2) };
}

test('however many names are asked for, few are looked up at the same time, in their order', async () => {
  const { asked, resolve } = slowResolver();
  const answers = ['a', 'b', 'c', 'd'].map((name) => resolve(name, signal));
  await settled();
  expect([...asked.keys()]).toEqual(['a', 'b']);
  asked.get('b')?.resolve(['192.0.2.2']);
  expect(await answers[1]).toEqual(['192.0.2.2']);
  expect([...asked.keys()]).toEqual(['a', 'b', 'c']);
  asked.get('a')?.reject(new Error('SERVFAIL'));
  await expect(answers[0]).rejects.toThrow('SERVFAIL');
  expect([...asked.keys()]).toEqual(['a', 'b', 'c', 'd']);
});

test('who gives up leaves the queue; a lookup that was begun keeps its place until it ends', async () => {
  const { asked, resolve } = slowResolver();
  const [held, gone] = [new AbortController(), new AbortController()];
  const answers = [resolve('a', held.signal), resolve('b', held.signal), resolve('c', gone.signal), resolve('d', signal)];
  gone.abort(new Error('no more'));
  await expect(answers[2]).rejects.toThrow('no more');
  held.abort(new Error('no more'));
  await settled();
  expect([...asked.keys()]).toEqual(['a', 'b']);
  asked.get('a')?.resolve([]);
  await settled();
  expect([...asked.keys()]).toEqual(['a', 'b', 'd']);
  await expect(resolve('e', gone.signal)).rejects.toThrow('no more');
});

test('the system knows what is in its hosts file', async () => {
  const addresses = await resolveBySystem('localhost', signal);
  expect(['127.0.0.1', '::1']).toEqual(expect.arrayContaining([...addresses]));
});
