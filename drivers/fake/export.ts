/** Reading a base image off a fake host: it has those that are small. */
import type { BaseImage, Call, Sink } from '../contract.ts';
import { handOver } from '../hand-over.ts';
import { DriverError } from '../labels.ts';
import type { FakeConnection } from './connection.ts';
import { unpacked } from './packed.ts';

const PIECE_BYTES = 64 * 1024;

export async function exportBase(
  connection: FakeConnection,
  place: { readonly pool: string; readonly key: string },
  sink: Sink,
  call: Call,
): Promise<BaseImage> {
  const endsAt = performance.now() + call.timeoutMs;
  const { base, content } = await connection.ask('exportBase', place, call, 'Reading');
  if (content === undefined)
    throw new DriverError('Unsupported', `The fake did not keep the content of base image ${place.key}`, { reason: 'ContentNotKept' });
  const bytes = unpacked(content);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    await handOver(sink, bytes.subarray(at, at + PIECE_BYTES), { ...call, timeoutMs: Math.max(1, endsAt - performance.now()) });
  return base;
}
