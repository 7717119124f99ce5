import { createHash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { FetchedSource, ImageSource } from '../../crds/image.ts';
import { DriverError } from '../../drivers/labels.ts';
import { systemClock } from '../kernel/clock.ts';
import { type FetchPolicy, VerifiedContent } from './content.ts';
import { denyAddresses } from './download/addresses.ts';
import { qcow2Image } from './inspect/qcow2-image.ts';
import { type Answer, serve, stopServers, whole } from './testing/web-server.ts';

afterEach(stopServers);

const policy: FetchPolicy = {
  addresses: denyAddresses([]),
  maxRedirects: 3,
  maxSizeBytes: 2 ** 24,
  maxVirtualSizeBytes: 2 ** 30,
  minBytesPerMinute: 0,
  minBytesPerConnection: 1,
  reconnectPauseMs: 1,
  stallMs: 2_000,
  maxFailuresInARow: 2,
};
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const nobody = {
  dockerConfig: () => Promise.reject(new Error('nobody asks')),
  readable: () => Promise.reject(new Error('nobody asks')),
  architecture: undefined,
};

/** Of what failed. */
const messages: string[] = [];
async function fetchFrom(answer: Answer, source: Pick<FetchedSource, 'format' | 'checksum'>): Promise<string> {
  const { url } = await serve(answer);
  const content = new VerifiedContent(
    { ...source, http: { url: url.href } },
    { ...nobody, policy, clock: systemClock, signal: new AbortController().signal },
  );
  let opened = false;
  try {
    await content.open();
    opened = true;
    let bytes = 0;
    for await (const chunk of content) bytes += chunk.length;
    const verified = content.verified();
    return `${bytes} of ${verified.sizeBytes} bytes, a disk of ${verified.virtualSizeBytes}, ${verified.sha256.slice(0, 4)}`;
  } catch (error) {
    if (error instanceof DriverError) messages.push(error.message);
    return `${opened ? 'at its end' : 'at its beginning'}: ${error instanceof DriverError ? error.reason : String(error)}`;
  } finally {
    await content.close();
  }
}

const good = qcow2Image();
const bad = qcow2Image({ backingFile: '/etc/shadow' });
const raw = Buffer.alloc(300_000, 7);
const small = Buffer.alloc(512, 7);
const smallBad = qcow2Image({ clusterBits: 9, backingFile: '/etc/shadow' });

test.each<[string, Uint8Array, ImageSource['format'], string, string]>([
  ['as it should be', good, 'qcow2', sha256(good), `196616 of 196616 bytes, a disk of 16777216, ${sha256(good).slice(0, 4)}`],
  ['raw', raw, 'raw', sha256(raw), `300000 of 300000 bytes, a disk of 300032, ${sha256(raw).slice(0, 4)}`],
  ['another checksum', good, 'qcow2', sha256(raw), 'at its end: ChecksumMismatch'],
  ['a backing file, though the checksum is right', bad, 'qcow2', sha256(bad), 'at its beginning: UnsafeImage'],
  ['another format', raw, 'qcow2', sha256(raw), 'at its beginning: UnexpectedFormat'],
  ['nothing', new Uint8Array(0), 'raw', sha256(new Uint8Array(0)), 'at its beginning: DamagedImage'],
  ['few bytes', small, 'raw', sha256(small), `512 of 512 bytes, a disk of 512, ${sha256(small).slice(0, 4)}`],
  ['few bytes and another checksum', small, 'raw', sha256(raw), 'at its beginning: ChecksumMismatch'],
  ['few bytes of another format', small, 'qcow2', sha256(small), 'at its beginning: UnexpectedFormat'],
  ['few bytes and a backing file', smallBad, 'qcow2', sha256(smallBad), 'at its beginning: UnsafeImage'],
  ['a backing file, said to be raw', smallBad, 'raw', sha256(smallBad), 'at its beginning: UnexpectedFormat'],
])('an image with %s', async (_, content, format, checksum, expected) => {
  expect(await fetchFrom(whole(content), { format, checksum: { sha256: checksum } })).toBe(expected);
});

test('a source that is not there says so before anything is made', async () => {
  expect(await fetchFrom((_, response) => response.writeHead(404).end(), { format: 'raw', checksum: { sha256: 'x' } })).toBe(
    'at its beginning: SourceRefused',
  );
});

test('what was found instead of the checksum is told to nobody: the url may lead where its author cannot look', async () => {
  messages.length = 0;
  await fetchFrom(whole(raw), { format: 'raw', checksum: { sha256: sha256(small) } });
  expect(messages).toEqual([expect.stringContaining(sha256(small))]);
  expect(messages[0]).not.toContain(sha256(raw).slice(0, 4));
});
