import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '../../kernel/clock.ts';
import { type Answer, serve, stopServers, whole } from '../testing/web-server.ts';
import { denyAddresses } from './addresses.ts';
import { download, type DownloadPolicy, type DownloadProgress } from './download.ts';

const policy: DownloadPolicy = {
  addresses: denyAddresses([]),
  maxRedirects: 3,
  maxSizeBytes: 1_000_000,
  minBytesPerMinute: 0,
  minBytesPerConnection: 1,
  reconnectPauseMs: 1,
  stallMs: 2_000,
  maxFailuresInARow: 2,
};
const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

afterEach(stopServers);

const all = whole(content);
/** Sends a part of what is asked for, then breaks the connection. */
const brokenAfter =
  (bytes: number, headers: Record<string, string> = { etag: '"v1"' }): Answer =>
  (_, response) => {
    response.writeHead(200, { ...headers, 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };
const rest: Answer = (request, response) => {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]);
  response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }).end(content.subarray(start));
};

async function fetchAll(url: URL, over: Partial<DownloadPolicy> = {}, signal = new AbortController().signal) {
  const progress: DownloadProgress[] = [];
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of download(url, { ...policy, ...over }, systemClock, signal, (each) => progress.push(each))) chunks.push(chunk);
    return { outcome: 'Done', message: '', bytes: Buffer.concat(chunks), progress };
  } catch (error) {
    const { label, reason, message } = error as { label: string; reason: string; message: string };
    return { outcome: `${label}/${reason}`, message, bytes: Buffer.concat(chunks), progress };
  }
}

test('brings the whole file and says how far it is', async () => {
  const { url } = await serve(all);
  const { outcome, bytes, progress } = await fetchAll(url);
  expect(outcome).toBe('Done');
  expect(bytes.equals(content)).toBe(true);
  expect(progress.at(-1)).toEqual({ receivedBytes: content.length, totalBytes: content.length });
});

test('goes on where the connection broke, when the file is proven the same', async () => {
  const { url, requests } = await serve(brokenAfter(100_000), rest);
  const { outcome, bytes } = await fetchAll(url);
  expect(outcome).toBe('Done');
  expect(bytes.equals(content)).toBe(true);
  expect(requests[1]?.headers['if-range']).toBe('"v1"');
});

test.each<[string, readonly Answer[], Partial<DownloadPolicy>, string, RegExp]>([
  ['breaks and offers no proof of sameness', [brokenAfter(100_000, {})], {}, 'Transient/SourceUnreachable', /cannot be fetched/],
  ['has only a weak etag', [brokenAfter(100_000, { etag: 'W/"v1"' })], {}, 'Transient/SourceUnreachable', /cannot be fetched/],
  ['changed in between', [brokenAfter(100_000), all], {}, 'Transient/SourceChanged', /fetched anew/],
  [
    'breaks again and again',
    [brokenAfter(100_000), (_, response) => response.destroy()],
    {},
    'Transient/SourceUnreachable',
    /cannot be fetched/,
  ],
  ['does not know it', [(_, response) => response.writeHead(404).end()], {}, 'Transient/SourceRefused', /answers 404 Not Found/],
  ['is overloaded', [(_, response) => response.writeHead(503).end()], {}, 'Transient/SourceUnreachable', /answers 503/],
  ['says nothing', [() => undefined], { stallMs: 100 }, 'Transient/SourceUnreachable', /nothing came from 127.0.0.1:\d+ for/],
  [
    'goes silent in the middle',
    [(_, response) => void response.writeHead(200).write(content)],
    { stallMs: 100 },
    'Transient/SourceUnreachable',
    /nothing came/,
  ],
  ['sends more than is accepted', [all], { maxSizeBytes: 1000 }, 'InvalidSpec/ImageTooLarge', /300000 bytes/],
  [
    'redirects in a circle',
    [(_, response) => response.writeHead(302, { location: '/again' }).end()],
    {},
    'InvalidSpec/TooManyRedirects',
    /more than 3/,
  ],
  [
    'redirects to a file',
    [(_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end()],
    {},
    'InvalidSpec/UnsupportedUrl',
    /not by file:/,
  ],
  ['redirects to nowhere', [(_, response) => response.writeHead(302).end()], {}, 'InvalidSpec/SourceRefused', /nowhere/],
  [
    'compresses what it sends',
    [(_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
    {},
    'InvalidSpec/SourceRefused',
    /content-encoding gzip/,
  ],
])('a server that %s', async (_, answers, over, expected, message) => {
  const { url } = await serve(...answers);
  const found = await fetchAll(url, over);
  expect(found.outcome).toBe(expected);
  expect(found.message).toMatch(message);
  expect(found.message).not.toContain('secret');
});

test('a trickle is given up, however regularly it comes', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { etag: '"v1"', 'content-length': content.length });
    const drip = setInterval(() => response.write('x'), 5);
    response.on('close', () => clearInterval(drip));
  });
  // Each wait counts as half a minute.
  let hurried = 0;
  const clock = { ...systemClock, monotonic: () => (hurried += 30_000) };
  const chunks = download(url, { ...policy, minBytesPerMinute: 100 }, clock, new AbortController().signal, () => undefined);
  const outcome = (async () => {
    for await (const _ of chunks);
  })();
  await expect(outcome).rejects.toMatchObject({ label: 'Transient', reason: 'SourceTooSlow' });
});

/** Sends so many bytes of what is asked for, then breaks the connection; the file is proven the same each time. */
const dripping =
  (bytes: number): Answer =>
  (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const headers = { etag: '"v1"', 'content-length': content.length - start };
    if (start === 0) response.writeHead(200, headers);
    else response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` });
    response.write(content.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 5));
  };

test('a source that breaks after every byte or two is given up, though each connection brought some', async () => {
  const { url, requests } = await serve(dripping(2));
  const { outcome } = await fetchAll(url, { minBytesPerConnection: 1_000, maxFailuresInARow: 2 });
  expect([outcome, requests.length]).toEqual(['Transient/SourceUnreachable', 3]);
});

test('a trickle is given up however often it connects anew', async () => {
  const { url, requests } = await serve(dripping(1_000));
  // Each wait counts as ten seconds: no connection lasts for a minute.
  let hurried = 0;
  const clock = { ...systemClock, monotonic: () => (hurried += 10_000) };
  const over = { ...policy, minBytesPerMinute: 100_000, minBytesPerConnection: 1_000 };
  const outcome = (async () => {
    for await (const _ of download(url, over, clock, new AbortController().signal, () => undefined));
  })();
  await expect(outcome).rejects.toMatchObject({ label: 'Transient', reason: 'SourceTooSlow' });
  expect(requests.length).toBeLessThan(6);
});

test('a source is not asked again at once', async () => {
  const { url, requests } = await serve(brokenAfter(100_000), rest);
  const pauses: number[] = [];
  const clock = {
    ...systemClock,
    after: (ms: number, callback: () => void) => {
      if (ms !== policy.stallMs) pauses.push(ms);
      return systemClock.after(ms === policy.stallMs ? ms : 0, callback);
    },
  };
  const over = { ...policy, reconnectPauseMs: 60_000 };
  for await (const _ of download(url, over, clock, new AbortController().signal, () => undefined));
  expect([requests.length, pauses]).toEqual([2, [10_000]]);
});

const more: Answer = (request, response) => {
  const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]);
  response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/*` }).end(Buffer.alloc(content.length));
};

test('a source that sends more than it said is not believed', async () => {
  const { url } = await serve(brokenAfter(100_000), more);
  expect((await fetchAll(url)).outcome).toBe('Transient/SourceChanged');
});

test('a name is looked up and checked again for each connection', async () => {
  const { url } = await serve(brokenAfter(100_000), rest);
  url.hostname = 'rebinding.test';
  const answers = [['127.0.0.1'], ['127.0.0.1', '169.254.169.254']];
  const addresses = denyAddresses(['169.254.0.0/16']);
  const denied = await fetchAll(url, { addresses, resolve: async () => answers.shift() ?? [] });
  expect([denied.outcome, answers.length]).toEqual(['InvalidSpec/AddressDenied', 0]);
});

test('a redirect leads to the address that was checked, whatever its name says later', async () => {
  const { url: target, requests } = await serve(all);
  target.hostname = 'rebinding.test';
  const { url } = await serve((_, response) => response.writeHead(302, { location: target.href }).end());
  let asked = 0;
  const { outcome } = await fetchAll(url, { resolve: async () => ((asked += 1) === 1 ? ['127.0.0.1'] : ['192.0.2.1']) });
  expect([outcome, asked, requests.length]).toEqual(['Done', 1, 1]);
});

test('follows redirects, and checks where each leads', async () => {
  const { url: target } = await serve(all);
  const { url } = await serve((_, response) => response.writeHead(302, { location: target.href }).end());
  expect((await fetchAll(url)).outcome).toBe('Done');

  const named = new URL(url);
  named.hostname = 'images.test';
  const { url: inside } = await serve((_, response) => response.writeHead(302, { location: named.href }).end());
  const denying: Partial<DownloadPolicy> = { addresses: denyAddresses(['192.0.2.0/24']), resolve: async () => ['192.0.2.1'] };
  const denied = await fetchAll(inside, denying);
  expect(denied.outcome).toBe('InvalidSpec/AddressDenied');
  expect(denied.message).toContain('images.test is at 192.0.2.1');
});

test('connects to the address that was checked, whatever the name says later', async () => {
  const { url } = await serve(all);
  url.hostname = 'rebinding.test';
  let asked = 0;
  const { outcome } = await fetchAll(url, { resolve: async () => ((asked += 1) === 1 ? ['127.0.0.1'] : ['192.0.2.1']) });
  expect([outcome, asked]).toEqual(['Done', 1]);
});

test('a slow reader is not a stalled source', async () => {
  const { url } = await serve(all);
  const chunks = download(url, { ...policy, stallMs: 50 }, systemClock, new AbortController().signal, () => undefined);
  let received = 0;
  for await (const chunk of chunks) {
    if (received === 0) await new Promise((resolve) => setTimeout(resolve, 150));
    received += chunk.length;
  }
  expect(received).toBe(content.length);
});

test('stops at once on abort, and lets go of the connection when its reader leaves', async () => {
  const closed: Promise<void>[] = [];
  const endless: Answer = (request, response) => {
    closed.push(new Promise((resolve) => request.on('close', resolve)));
    response.writeHead(200).write(content);
  };
  const { url } = await serve(endless);
  const abort = new AbortController();
  const running = fetchAll(url, {}, abort.signal);
  setTimeout(() => abort.abort(new Error('lease lost')), 50);
  expect((await running).outcome).toBe('Unknown/Aborted');
  for await (const _ of download(url, policy, systemClock, new AbortController().signal, () => undefined)) break;
  await Promise.all(closed);
  expect(closed).toHaveLength(2);
});
