/** What becomes of calls, streams and clients when a real daemon hangs or goes away. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ConnectError, ConnectionLostError, DeadlineError, LibvirtClient } from '../src/index.ts';
import { type OwnLibvirtd, startLibvirtd } from './libvirtd.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

const run = promisify(execFile);

let libvirtd: OwnLibvirtd;
let client: LibvirtClient;

beforeEach(async () => {
  libvirtd = await startLibvirtd();
  client = await LibvirtClient.connect(libvirtd.testUri, { keepAlive: { intervalMs: 100, count: 2 } });
});
afterEach(async () => {
  client.close();
  await libvirtd.stop();
});

test('the daemon goes away: the client is closed, and says so to everybody', async () => {
  const [domain] = await client.domains.list();
  if (domain === undefined) throw new Error('the test driver has a domain');
  await client.domains.suspend(domain);
  const calls = [client.host.hostName(), client.domains.resume(domain)].map((call) => call.catch((error: unknown) => error));
  await libvirtd.stop();
  await expect(client.closed).resolves.toBeInstanceOf(ConnectionLostError);
  for (const outcome of await Promise.all(calls)) if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ConnectionLostError);
  await expect(client.host.hostName()).rejects.toThrow(ConnectionLostError);
  await expect(client.domains.suspend(domain)).rejects.toThrow(ConnectionLostError);
  await expect(LibvirtClient.connect(libvirtd.testUri)).rejects.toThrow(ConnectError);
});

test('the daemon hangs: deadlines end the calls, keep-alive the connection', async () => {
  await libvirtd.freeze();
  const forever = client.host.uri({ timeoutMs: Number.POSITIVE_INFINITY });
  await expect(client.host.hostName({ timeoutMs: 20 })).rejects.toThrow(DeadlineError);
  await expect(LibvirtClient.connect(libvirtd.testUri, { connectTimeoutMs: 100 })).rejects.toThrow('Not connected within 100 ms');
  await expect(forever).rejects.toThrow(/Nothing heard/);
  await expect(client.closed).resolves.toBeInstanceOf(ConnectionLostError);
});

test('a program ends by itself when it closes its client, connections of all lanes included', async () => {
  const program = `
    import { LibvirtClient } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))};
    const client = await LibvirtClient.connect(${JSON.stringify(libvirtd.testUri)});
    const [domain] = await client.domains.list();
    await Promise.all([client.domains.suspend(domain), client.events.onDomain('lifecycle', () => {})]);
    client.close();`;
  await expect(run(process.execPath, ['--input-type=module', '-e', program], { timeout: 10_000 })).resolves.toEqual({
    stdout: '',
    stderr: '',
  });
});
