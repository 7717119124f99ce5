/**
 * The content of a source while it is fetched: every byte hashed and inspected on its way to the host.
 *
 * It ends well only when all of it was what the Image says; otherwise it throws, and the driver removes what it made.
 */
import { createHash } from 'node:crypto';
import { DriverError } from '../../drivers/labels.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Readable } from '../stores/store.ts';
import { download, type DownloadPolicy, type DownloadProgress } from './download/download.ts';
import { publicUrl } from './download/request.ts';
import { pull, type PullAround } from './oci/pull.ts';
import { ImageInspector, type InspectionLimits } from './inspect/inspector.ts';
import { HEAD_BYTES } from './inspect/signatures.ts';
import type { ContentSource, StoredSource } from './source.ts';
import { readStored } from './stored.ts';

export interface FetchPolicy extends DownloadPolicy, InspectionLimits {}

export interface Verified {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
}

export interface ContentAround extends PullAround {
  readonly policy: FetchPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How a copy in an ImageStore is read. Rejects with a `DriverError` while it cannot be said. */
  readonly readable: (copy: StoredSource['stored'], signal: AbortSignal) => Promise<Readable>;
  /** Called for each piece that was looked at. */
  readonly onProgress?: () => void;
}

/** How a source may be shown. */
function nameOf({ http, oci, stored }: ContentSource): string {
  if (stored !== undefined) return `${stored.key} in ImageStore ${stored.imageStoreName}`;
  return http === undefined ? (oci?.reference ?? '') : publicUrl(new URL(http.url));
}

export class VerifiedContent implements AsyncIterable<Uint8Array> {
  readonly #source: ContentSource;
  readonly #bytes: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #hash = createHash('sha256');
  readonly #inspector: ImageInspector;
  #head: Uint8Array[] = [];
  readonly #onProgress: () => void;
  #receivedBytes = 0;
  #totalBytes: number | undefined;
  #verified: Verified | undefined;

  constructor(source: ContentSource, around: ContentAround) {
    const { policy, clock, signal, onProgress = () => undefined } = around;
    this.#source = source;
    this.#onProgress = onProgress;
    this.#inspector = new ImageInspector(source.format, policy);
    const onSize = (bytes: number | undefined): void => {
      this.#totalBytes = bytes;
    };
    const { oci, http, stored } = source;
    if (stored !== undefined) this.#bytes = readStored(() => around.readable(stored, signal), policy, clock, signal, onSize);
    else if (oci !== undefined)
      this.#bytes = pull({ artifact: oci, sha256: source.checksum.sha256 }, around, policy, clock, signal, onSize);
    else this.#bytes = download(new URL(http?.url ?? ''), policy, clock, signal, ({ totalBytes }) => onSize(totalBytes));
  }

  get progress(): DownloadProgress {
    return { receivedBytes: this.#receivedBytes, ...(this.#totalBytes !== undefined && { totalBytes: this.#totalBytes }) };
  }

  /**
   * Fetches the first bytes: what is plainly wrong with the source shows here, before anything is made on a host. An image
   * that is no longer than that is judged whole.
   */
  async open(): Promise<void> {
    while (this.#receivedBytes < HEAD_BYTES) {
      const next = await this.#bytes.next();
      if (next.done === true) {
        this.#verified = this.#verify();
        return;
      }
      this.#look(next.value);
      this.#head.push(next.value);
    }
  }

  /** To be read once, after `open`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#head.splice(0);
    for await (const chunk of this.#bytes) {
      this.#look(chunk);
      yield chunk;
    }
    this.#verified ??= this.#verify();
  }

  /** What was read, once it has ended well. */
  verified(): Verified {
    if (this.#verified === undefined) throw new Error('The content of the image has not ended');
    return this.#verified;
  }

  /** Lets go of the connection; also needed when the content was not read. */
  async close(): Promise<void> {
    await this.#bytes.return();
  }

  #look(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#inspector.push(chunk);
    this.#receivedBytes += chunk.length;
    this.#onProgress();
  }

  /** The hash that was found is told to nobody: it would show what is behind a url to whoever may only name it. */
  #verify(): Verified {
    const sha256 = this.#hash.digest('hex');
    const expected = this.#source.checksum.sha256;
    if (sha256 === expected) return { sha256, ...this.#inspector.finish() };
    const message = `${nameOf(this.#source)} has another SHA-256, and the Image asks for ${expected}: ${this.#source.stored ? '' : 'correct the checksum, or '}find out who changed the file`;
    throw new DriverError('InvalidSpec', message, { reason: 'ChecksumMismatch' });
  }
}
