/** Signatures, held against others' work: AWS's own example, and what botocore 1.44.5 makes of the same requests. */
import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '../kernel/clock.ts';
import { HttpStore } from './http-store.ts';
import { presigned, type SignedRequest } from './s3.ts';
import { WebStore } from './testing/web-store.ts';

const EXAMPLE = {
  region: 'us-east-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const OURS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const NOW = Date.UTC(2026, 10, 22, 2, 30, 5);
const { signal } = new AbortController();
const signature = (url: URL): string | null => url.searchParams.get('X-Amz-Signature');

test('the example of the documentation', () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
  const signed = presigned({ method: 'GET', url, now: Date.UTC(2013, 4, 24), seconds: 86_400 }, EXAMPLE);
  expect(signed.href).toBe(
    'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});

test.each<[SignedRequest['method'], string, string, string | undefined, number, string, string]>([
  [
    'GET',
    'https://store.example.com/bucket/snapshot-1.qcow2',
    'eu-central-1',
    undefined,
    900,
    '/bucket/snapshot-1.qcow2',
    'f14ad8f6c86f7c9f1a3289ab685f3be40ebfedf25be1b97484eea99a86364a16',
  ],
  [
    'PUT',
    'https://store.example.com:9000/bucket/a%20b',
    'us-east-1',
    undefined,
    900,
    '/bucket/a%20b',
    'ee66672bf015806c9917e6168f13c3d1fafdcca4cc6bcdcb044aacd239360099',
  ],
  [
    'HEAD',
    "https://bucket.s3.example.com/it's%20(new)!*",
    'garage',
    'TOKEN/+=',
    43_200,
    '/it%27s%20%28new%29%21%2A',
    '22163ba08c05f621065e48790b973edfc7aa35c77ebd3aa44ea93e3cdfa72602',
  ],
  [
    'DELETE',
    'https://store.example.com/a/b/%C3%A9',
    'minio',
    undefined,
    60,
    '/a/b/%C3%A9',
    '603f5f9434978fb3fe048ce5ce087aa439fe27fac76354507ccdc3635d7bddcf',
  ],
])('%s %s', (method, url, region, sessionToken, seconds, path, expected) => {
  const access = { region, ...OURS, ...(sessionToken !== undefined && { sessionToken }) };
  const signed = presigned({ method, url: new URL(url), now: NOW, seconds }, access);
  expect([signed.pathname, signature(signed)]).toEqual([path, expected]);
});

let server: WebStore | undefined;
afterEach(() => server?.stop());

test('a store that wants it is asked with nothing else, for each method by a signature of its own; what is shown to people has none', async () => {
  server = await WebStore.start();
  const seen: { readonly method: string; readonly url: URL; readonly authorization: string | undefined }[] = [];
  server.answer = (request) => {
    seen.push({
      method: request.method ?? '',
      url: new URL(request.url ?? '', `http://${request.headers.host}`),
      authorization: request.headers.authorization,
    });
    return false;
  };
  const access = { region: 'garage', ...OURS };
  const store = new HttpStore(
    { name: 'vault', url: server.url, s3: access },
    { ...systemClock, now: () => NOW },
    { stallMs: 300, acceptMs: 600 },
  );
  await store.put('a', 1, (sink) => sink(Buffer.from('x')), signal);
  await store.sizeOf('a', signal).catch(() => undefined);
  const { url, headers, signed } = store.readable('a');
  expect([url.href, headers]).toEqual([`${server.url}/a`, {}]);
  await fetch(signed?.() ?? url);
  await store.remove('a', signal);
  expect(seen.map(({ method, authorization }) => [method, authorization])).toEqual(
    ['PUT', 'HEAD', 'GET', 'DELETE'].map((method) => [method, undefined]),
  );
  for (const { method, url: asked } of seen) {
    const again = { method: method as SignedRequest['method'], url: new URL(`${server.url}/a`), now: NOW };
    const seconds = Number(asked.searchParams.get('X-Amz-Expires'));
    expect([method, signature(asked)]).toEqual([method, signature(presigned({ ...again, seconds }, access))]);
  }
  server.answer = (request, response) => {
    request.resume().on('end', () => response.writeHead(403).end());
    return true;
  };
  const refusal: unknown = await store.put('a', 1, (sink) => sink(Buffer.from('x')), signal).catch((error: unknown) => error);
  expect(String(refusal)).toContain('answers 403');
  expect(String(refusal)).not.toContain('X-Amz');
});
