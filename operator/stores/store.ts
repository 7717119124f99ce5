/** What a store of images can do, whatever is behind it. */
import type { Sink } from '../../drivers/contract.ts';

export interface Store {
  /**
   * Puts a file there, in place of one of that name. `feed` writes the content, of exactly that many bytes, and rejects with
   * whatever the sink rejects with. Resolves when the store says that it has all of it. Rejects with a `DriverError`.
   */
  put(key: string, sizeBytes: number, feed: (sink: Sink) => Promise<unknown>, signal: AbortSignal): Promise<void>;
  /** Length of the file; undefined: there is none. */
  sizeOf(key: string, signal: AbortSignal): Promise<number | undefined>;
  /** Gone already: done. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** How it is read: by HTTP, with what is to be said. */
  readable(key: string): Readable;
}

export interface Readable {
  /** As it may be shown. */
  readonly url: URL;
  /** As it is asked, where a signature belongs to it, which nobody is to be shown. Absent: as it is. */
  readonly signed?: () => URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Trusted instead of the system's, PEM. */
  readonly trustedCertificates?: string;
}
