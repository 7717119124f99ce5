/** Reads a watch: one JSON text a line, each parsed once, or not at all when the caller knows what it says. */
import type { IncomingMessage } from 'node:http';
import { connectionFailed, errorOfStatus } from './answers.ts';
import type { WatchCall, WatchEvent } from './client.ts';
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
  { signal, isKnown }: WatchCall,
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
      const version = isKnown === undefined ? undefined : versionOf(line);
      if (version !== undefined && isKnown?.(version) === true) {
        onEvent({ kind: 'Bookmark', resourceVersion: version });
        return;
      }
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

const MODIFIED = '{"type":"MODIFIED",';
const VERSION = '"resourceVersion":"';

/**
 * The version of a modified object, where it can be told without parsing: in JSON, quotes within a text are escaped, so this
 * finds keys only; one that is there twice (an annotation may be called so, too) tells nothing.
 */
function versionOf(line: string): string | undefined {
  if (!line.startsWith(MODIFIED)) return undefined;
  const at = line.indexOf(VERSION);
  if (at < 0 || line.includes(VERSION, at + 1)) return undefined;
  const start = at + VERSION.length;
  return line.slice(start, line.indexOf('"', start));
}
