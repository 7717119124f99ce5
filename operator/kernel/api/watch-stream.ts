/** Reads a watch: one JSON text a line, each parsed once. */
import type { IncomingMessage } from 'node:http';
import { connectionFailed, errorOfStatus } from './answers.ts';
import type { WatchEvent } from './client.ts';
import type { Status } from './errors.ts';
import { LineSplitter } from './lines.ts';
import type { KubeObject } from './object.ts';

type Line<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: Status };

const KINDS = { ADDED: 'Added', MODIFIED: 'Modified', DELETED: 'Deleted' } as const;

/** Resolves when the server ended the stream in order; rejects with what it said, or when the connection broke or was aborted. */
export function readWatch<T extends KubeObject>(
  what: string,
  stream: IncomingMessage,
  signal: AbortSignal,
  onEvent: (event: WatchEvent<T>) => void,
  onActivity: (() => void) | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let ended = false;
    const fail = (error: Error): void => {
      ended = true;
      reject(error);
      stream.destroy();
    };
    const lines = new LineSplitter((line) => {
      // What came in one chunk with the error that ended it, or after an abort, is not heard any more.
      if (ended || signal.aborted) return;
      const event = JSON.parse(line) as Line<T>;
      switch (event.type) {
        case 'ADDED':
        case 'MODIFIED':
        case 'DELETED':
          onEvent({ kind: KINDS[event.type], object: event.object });
          return;
        case 'BOOKMARK':
          onEvent({ kind: 'Bookmark', resourceVersion: event.object.metadata.resourceVersion });
          return;
        case 'ERROR':
          fail(errorOfStatus(what, event.object));
      }
    });
    stream.on('data', (chunk: Buffer) => {
      onActivity?.();
      try {
        lines.push(chunk);
      } catch (error) {
        fail(connectionFailed(what, error as Error));
      }
    });
    stream.on('error', (error) => fail(signal.aborted ? (signal.reason as Error) : connectionFailed(what, error)));
    stream.on('end', resolve);
    stream.on('close', () => fail(signal.aborted ? (signal.reason as Error) : connectionFailed(what, new Error('closed'))));
  });
}
