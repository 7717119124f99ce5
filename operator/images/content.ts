/**
 * The content of a source while it is fetched: every byte hashed and inspected on its way to the host.
 *
 * It ends well only when all of it was what the Image says; otherwise it throws, and the driver removes what it made.
 */
import { createHash } from 'node:crypto';
import type { HttpSource } from '../../crds/image.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Clock } from '../kernel/clock.ts';
import { download, type DownloadPolicy, type DownloadProgress } from './download/download.ts';
import { publicUrl } from './download/request.ts';
import { ImageInspector, type InspectionLimits } from './inspect/inspector.ts';
import { HEAD_BYTES } from './inspect/signatures.ts';

export interface FetchPolicy extends DownloadPolicy, InspectionLimits {}

export interface Verified {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
}

export class VerifiedContent implements AsyncIterable<Uint8Array> {
  readonly #source: HttpSource;
  readonly #url: URL;
  readonly #bytes: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #hash = createHash('sha256');
  readonly #inspector: ImageInspector;
  #head: Uint8Array[] = [];
  #progress: DownloadProgress = { receivedBytes: 0 };
  #verified: Verified | undefined;

  constructor(source: HttpSource, policy: FetchPolicy, clock: Clock, signal: AbortSignal, onProgress: () => void = () => undefined) {
    this.#source = source;
    this.#url = new URL(source.http.url);
    this.#inspector = new ImageInspector(source.format, policy);
    this.#bytes = download(this.#url, policy, clock, signal, (progress) => {
      this.#progress = progress;
      onProgress();
    });
  }

  get progress(): DownloadProgress {
    return this.#progress;
  }

  /**
   * Fetches the first bytes: what is plainly wrong with the source shows here, before anything is made on a host. An image
   * that is no longer than that is judged whole.
   */
  async open(): Promise<void> {
    while (this.#progress.receivedBytes < HEAD_BYTES) {
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
  }

  /** The hash that was found is told to nobody: it would show what is behind a url to whoever may only name it. */
  #verify(): Verified {
    const sha256 = this.#hash.digest('hex');
    const expected = this.#source.checksum.sha256;
    if (sha256 === expected) return { sha256, ...this.#inspector.finish() };
    const message = `${publicUrl(this.#url)} has another SHA-256, and the Image asks for ${expected}: correct the checksum, or find out who changed the file`;
    throw new DriverError('InvalidSpec', message, { reason: 'ChecksumMismatch' });
  }
}
