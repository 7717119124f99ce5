/** Waiting for a socket to be ready, or for the first thing that keeps it from that. */
import type { Duplex } from 'node:stream';

/** Resolves with the socket on `event`. On an error, a close or an abort it is destroyed, and what `wrap` makes of it is thrown. */
export function established<S extends Duplex>(socket: S, event: string, signal: AbortSignal, wrap: (cause: Error) => Error): Promise<S> {
  return new Promise<S>((resolve, reject) => {
    const onReady = (): void => {
      stop();
      resolve(socket);
    };
    const fail = (error: Error): void => {
      stop();
      // An error that comes after ours has nobody left to tell.
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error): void => fail(wrap(error));
    const onClose = (): void => fail(wrap(new Error('the other side closed the connection')));
    const onAbort = (): void => fail(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    const stop = (): void => {
      socket.off(event, onReady).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
    };
    socket.on(event, onReady).on('error', onError).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
