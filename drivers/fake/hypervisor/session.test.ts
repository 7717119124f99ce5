/** What clients may send that they should not: their connection ends with a word on why, and nobody else's. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Driver } from '../../contract.ts';
import { call, spec, startFake, type TestFake } from '../fake.testing.ts';
import { openFake } from '../driver.ts';
import { MAX_LINE_BYTES } from '../protocol.ts';

let fake: TestFake;
let bystander: Driver;

beforeAll(async () => {
  fake = await startFake();
  bystander = await fake.driver();
});
afterAll(() => fake.stop());

/** Sends bytes and resolves with what comes back until the fake closes, or the bytes were sent and nothing more is said. */
function say(bytes: Buffer | string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(fake.socket, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(said));
  });
}

const lines = (...messages: readonly unknown[]): string => messages.map((message) => `${JSON.stringify(message)}\n`).join('');
const HELLO = { hello: 1, host: 'a' };

describe('a connection ends with a word on why', () => {
  test.each<{ what: string; bytes: string; why: string }>`
    what                          | bytes                                          | why
    ${'no JSON'}                  | ${'hello\n'}                                   | ${'not JSON'}
    ${'no object'}                | ${'[1]\n'}                                     | ${'not a JSON object'}
    ${'an empty line'}            | ${'\n'}                                        | ${'not JSON'}
    ${'no hello'}                 | ${lines({ id: 1, verb: 'observe', args: {} })} | ${'say hello'}
    ${'another version'}          | ${lines({ hello: 2, host: 'a' })}              | ${'say hello with protocol version 1'}
    ${'no host'}                  | ${lines({ hello: 1 })}                         | ${'name the host'}
    ${'a host with a slash'}      | ${lines({ hello: 1, host: '../a' })}           | ${'name the host'}
    ${'a request without an id'}  | ${lines(HELLO, { verb: 'observe', args: {} })} | ${'a request has a number as id'}
    ${'a request without a verb'} | ${lines(HELLO, { id: 1 })}                     | ${'a request has a number as id'}
    ${'a line that never ends'}   | ${'x'.repeat(MAX_LINE_BYTES + 1_000_000)}      | ${'longer than'}
  `('$what', async ({ bytes, why }) => {
    expect(await say(bytes)).toContain(why);
    await bystander.observe(call());
  });
});

describe('a request is refused, and the connection goes on', () => {
  test.each<{ what: string; request: object; refusal: object }>`
    what                  | request                                             | refusal
    ${'an unknown verb'}  | ${{ id: 1, verb: 'explode', args: {} }}             | ${{ label: 'Unsupported' }}
    ${'a verb of Object'} | ${{ id: 1, verb: 'constructor', args: {} }}         | ${{ label: 'Unsupported' }}
    ${'no arguments'}     | ${{ id: 1, verb: 'define' }}                        | ${{ label: 'InvalidSpec' }}
    ${'a wrong argument'} | ${{ id: 1, verb: 'observe', args: { since: 'x' } }} | ${{ label: 'InvalidSpec' }}
    ${'half a machine'}   | ${{ id: 1, verb: 'define', args: { name: 'x' } }}   | ${{ label: 'InvalidSpec' }}
  `('$what', async ({ request, refusal }) => {
    const [welcome, reply, next] = (await say(lines(HELLO, request, { id: 2, verb: 'facts', args: {} }))).split('\n');
    expect(JSON.parse(welcome ?? '')).toEqual({ welcome: 1 });
    expect(JSON.parse(reply ?? '')).toMatchObject({ id: 1, error: refusal });
    expect(JSON.parse(next ?? '')).toMatchObject({ id: 2, ok: { hostName: 'a' } });
  });
});

test('control commands that are none are refused', async () => {
  await expect(fake.control({ do: 'Nothing' })).rejects.toThrow('not a control command');
  await expect(fake.control('x')).rejects.toThrow('not a control command');
  await expect(fake.control({ do: 'AddScript', script: { faults: 1 } })).rejects.toThrow('the script is wrong');
  await expect(fake.act({ act: 'start', host: 'a', machine: 'none' })).rejects.toThrow('has no machine none');
});

test('whatever bytes come, the fake goes on serving', async () => {
  const json = fc.oneof(
    fc.json(),
    fc.json().map((text) => `{"id":1,"verb":"define","args":${text}}`),
    fc.json().map((text) => `{"control":${text}}`),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }).map((array) => Buffer.from(array)),
    fc.array(json).map((texts) => Buffer.from(`${JSON.stringify(HELLO)}\n${texts.join('\n')}\n`)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (garbage) => {
      await say(garbage);
      await bystander.observe(call());
    }),
    { numRuns: 100 },
  );
});

test('a client that ends in the middle leaves nothing behind', async () => {
  await say(lines(HELLO, { id: 1, verb: 'observe', args: { since: 0 } }).slice(0, -5));
  await bystander.define(spec('after'), call());
  expect((await bystander.observe(call())).machines.map(({ name }) => name)).toContain('vm-after');
});

test('many clients of many hosts see each its own, all at once', async () => {
  const clients = Array.from({ length: 60 }, (_, index) => openFake({ socket: fake.socket, host: `host-${index % 6}` }));
  await Promise.all(
    clients.map(async (driver, index) => {
      await driver.connect(call());
      for (let machine = 0; machine < 10; machine++) await driver.define(spec(`${index}-${machine}`), call());
    }),
  );
  const seen = await Promise.all(clients.map(async (driver) => (await driver.observe(call())).machines.length));
  expect(new Set(seen)).toEqual(new Set([100]));
  await Promise.all(clients.map((driver) => driver.close()));
});
