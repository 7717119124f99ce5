/** Importing a base image into a fake host: the content is read to its end here, and sent where it is small. */
import type { BaseImage, BaseImageSpec, Call } from '../contract.ts';
import { DriverError } from '../labels.ts';
import type { FakeConnection } from './connection.ts';
import { packed } from './packed.ts';
import { MAX_SENT_CONTENT_BYTES } from './protocol.ts';

/** For taking an import back; that must not hang on the deadline that just passed. */
const CLEANUP_MS = 5_000;

export async function importBase(
  connection: FakeConnection,
  { pool, key, format, sizeBytes, clusterId, verified }: BaseImageSpec,
  content: AsyncIterable<Uint8Array>,
  { signal, timeoutMs }: Call,
): Promise<BaseImage> {
  const deadline = performance.now() + timeoutMs;
  const remaining = (): Call => ({ signal, timeoutMs: Math.max(1, deadline - performance.now()) });
  const started = await connection.ask(
    'beginImport',
    { pool, key, format, ...(sizeBytes !== undefined && { sizeBytes }) },
    remaining(),
    'Changing',
  );
  if ('complete' in started) return started.complete;
  try {
    const small = await drain(connection, content, key, remaining());
    const base = { key, format, ...(clusterId !== undefined && { clusterId }), ...verified() };
    const ask = { pool, importId: started.importId, base, ...(small && { content: packed(small) }) };
    await connection.ask('importBase', ask, remaining(), 'Changing');
    return base;
  } catch (error) {
    const call = { signal: new AbortController().signal, timeoutMs: CLEANUP_MS };
    // When the host cannot be told, the unmarked rest counts for nothing, and the next import replaces it.
    await connection.ask('cancelImport', { pool, key, importId: started.importId }, call, 'Changing').catch(() => undefined);
    throw error;
  }
}

/** Ends with the content, with the call or with the connection; content that hangs is left behind. Resolves with one that is small. */
async function drain(
  connection: FakeConnection,
  content: AsyncIterable<Uint8Array>,
  key: string,
  { signal, timeoutMs }: Call,
): Promise<Uint8Array | undefined> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  const ended = Promise.withResolvers<never>();
  const stop = (reason: string) => () =>
    ended.reject(new DriverError('Unknown', `The import of ${key} did not end in time`, { reason, cause: signal.reason }));
  const onAbort = stop('Aborted');
  const timer = setTimeout(stop('DeadlineExceeded'), timeoutMs);
  signal.addEventListener('abort', onAbort);
  const stopListening = connection.onEnd(ended.reject);
  const iterator = content[Symbol.asyncIterator]();
  try {
    if (signal.aborted) onAbort();
    for (;;) {
      const next = await Promise.race([iterator.next(), ended.promise]);
      if (next.done === true) return bytes <= MAX_SENT_CONTENT_BYTES ? Buffer.concat(kept) : undefined;
      bytes += next.value.length;
      if (bytes <= MAX_SENT_CONTENT_BYTES) kept.push(next.value);
    }
  } catch (error) {
    // The content may hang: nobody waits for it to close.
    void iterator.return?.().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    stopListening();
  }
}
