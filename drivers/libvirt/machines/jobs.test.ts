import { expect, test } from '@jest/globals';
import { ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { ownTime } from '../time.ts';
import { hasJob } from './jobs.ts';

const refused = (code: number): Promise<never> =>
  Promise.reject(new LibvirtError({ code, domain: 10, level: 2, message: 'no', int1: 0, int2: 0 }, 'x'));
const clientOf = (jobInfo: () => Promise<unknown>): LibvirtClient => ({ domains: { jobInfo } }) as unknown as LibvirtClient;

test.each`
  what                            | answer                                        | expected
  ${'no job'}                     | ${() => Promise.resolve({ type: 0 })}         | ${false}
  ${'a job of known length'}      | ${() => Promise.resolve({ type: 1 })}         | ${true}
  ${'a job of unknown length'}    | ${() => Promise.resolve({ type: 2 })}         | ${true}
  ${'a job that is over'}         | ${() => Promise.resolve({ type: 3 })}         | ${false}
  ${'a machine that is off'}      | ${() => refused(ErrorCode.OPERATION_INVALID)} | ${false}
  ${'others who hold on to it'}   | ${() => refused(ErrorCode.OPERATION_TIMEOUT)} | ${true}
  ${'a guest that never answers'} | ${() => new Promise(() => undefined)}         | ${true}
`('$what: $expected', async ({ answer, expected }) => {
  expect(await hasJob(clientOf(answer as () => Promise<unknown>), 'a', ownTime(10_000))).toBe(expected);
});

test('asked before the machine was defined: the answer that there is none is no failure of who asks afterwards', async () => {
  const told = Promise.withResolvers<void>();
  const client = clientOf(() => told.promise.then(() => refused(ErrorCode.NO_DOMAIN)));
  const [before, after] = [hasJob(client, 'a', ownTime(10_000)), hasJob(client, 'a', ownTime(10_000))];
  told.resolve();
  expect(await Promise.all([before, after])).toEqual([false, false]);
});

test('any other failure is passed on, to all who asked', async () => {
  const client = clientOf(() => refused(ErrorCode.INTERNAL_ERROR));
  const outcomes = await Promise.allSettled([hasJob(client, 'a', ownTime(1000)), hasJob(client, 'a', ownTime(1000))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('a question that is not answered is not asked again, by whomever, until it is', async () => {
  const asked: (() => void)[] = [];
  const client = clientOf(() => new Promise((resolve) => asked.push(() => resolve({ type: 0 }))));
  expect(await Promise.all([1, 2, 3].map(() => hasJob(client, 'a', ownTime(20))))).toEqual([true, true, true]);
  expect(await hasJob(client, 'b', ownTime(20))).toBe(true);
  expect(asked).toHaveLength(2);
  for (const answer of asked.splice(0)) answer();
  await new Promise((resolve) => setImmediate(resolve));
  const again = hasJob(client, 'a', ownTime(10_000));
  expect(asked).toHaveLength(1);
  asked[0]?.();
  expect(await again).toBe(false);
});
