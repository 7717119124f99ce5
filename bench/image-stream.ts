/**
 * The memory of the operator while it brings a large image to a host: it may hold some of it, and never more as time goes by.
 *
 *   node bench/image-stream.ts [MiB]        (default 4096; `make bench` builds the program first)
 *
 * The image is served by this process, from one piece over and over; nothing of it lies on a disk before the host has it.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { startSharedEnvironment, stopSharedEnvironment } from '../e2e/environment/shared-environment.ts';
import { instance, waitForCondition } from '../e2e/support/instances.ts';
import { Scenario } from '../e2e/support/scenario.ts';
import { median } from './lib/pairs.ts';
import { report } from './lib/report.ts';
import { residentMb } from './lib/usage.ts';

const MIB = 1024 * 1024;
const PIECES = Number(process.argv[2] ?? 4096);
const PIECE = Buffer.from(Uint32Array.from({ length: MIB / 4 }, (_, index) => Math.imul(index + 1, 0x9e37_79b1)).buffer);
const SAMPLE_MS = 200;
const LONGEST_MS = 1_200_000;

await startSharedEnvironment();
const scenario = await Scenario.open('bench-stream');
try {
  await measure();
} finally {
  await scenario.close();
  await stopSharedEnvironment();
}

async function measure(): Promise<void> {
  const server = await serve(scenario.lab.machineAddress);
  const { pid } = scenario.operator;
  const source = { format: 'raw', http: { url: server.url }, checksum: { sha256: sha256() } };
  const placement = { hypervisorName: 'host-a' };
  await scenario.kubectl.apply([
    scenario.imageFrom('large', source),
    scenario.flavor('large', 1, '16Mi', `${PIECES}Mi`),
    instance('large', { flavorName: 'large', imageName: 'large', placement, shutdownTimeout: '0s' }),
  ]);
  await server.asked;
  const start = performance.now();
  const samples: number[] = [];
  const sampler = setInterval(() => samples.push(residentMb(pid)), SAMPLE_MS);
  await waitForCondition(scenario.kubectl, 'large', { type: 'ImageReady', status: 'True' }, LONGEST_MS);
  clearInterval(sampler);
  const seconds = (performance.now() - start) / 1000;
  server.close();
  const length = Math.ceil(samples.length / 4);
  const quarters = [0, 1, 2, 3].map((quarter) => median(samples.slice(quarter * length, (quarter + 1) * length)));
  const [first = NaN, second = NaN, , last = NaN] = quarters;
  report('image-stream', [
    { name: `image of ${PIECES} MiB from a web server to a host`, value: (PIECES * MIB) / 1e6 / seconds, unit: 'MB/s' },
    ...quarters.map((value, index) => ({
      name: `resident set, quarter ${index + 1}`,
      value,
      unit: 'MB',
      note: `median of ${length} samples`,
    })),
    { name: 'resident set, peak', value: Math.max(...samples), unit: 'MB' },
    { name: 'last quarter over first', value: last / first, unit: 'x', note: 'the first one warms up' },
    { name: 'last quarter over second', value: last / second, unit: 'x', target: 1.1 },
  ]);
}

function sha256(): string {
  const hash = createHash('sha256');
  for (let piece = 0; piece < PIECES; piece++) hash.update(PIECE);
  return hash.digest('hex');
}

async function serve(address: string): Promise<{ readonly url: string; readonly asked: Promise<void>; close(): void }> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = createServer((_, response) => {
    resolve();
    response.setHeader('content-length', PIECES * MIB);
    Readable.from(pieces()).pipe(response);
  });
  await new Promise<void>((listening) => server.listen(0, address, listening));
  return { url: `http://${address}:${(server.address() as AddressInfo).port}/large.raw`, asked, close: () => server.close() };
}

function* pieces(): Generator<Buffer> {
  for (let piece = 0; piece < PIECES; piece++) yield PIECE;
}
