/**
 * A store that is a web server: PUT, GET, HEAD and DELETE of files below a url.
 *
 * Who may name it is an administrator (the kind is cluster-scoped), so its address is not checked against the networks that
 * users' urls are kept out of; but redirects are not followed, and credentials go nowhere else. Whatever goes wrong may come
 * right without a word to us, so every failure is `Transient`.
 */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Sink } from '../../drivers/contract.ts';
import { DriverError } from '../../drivers/labels.ts';
import { Watchdog } from '../images/download/patience.ts';
import { publicUrl } from '../images/download/request.ts';
import type { Clock } from '../kernel/clock.ts';
import { sleep } from '../kernel/timers.ts';
import { presigned, type S3Access, type SignedRequest } from './s3.ts';
import type { Readable, Store } from './store.ts';

export interface HttpStoreConfig {
  /** Of the ImageStore, for people. */
  readonly name: string;
  readonly url: string;
  /** Value of the header `authorization`. */
  readonly authorization?: string;
  /** PEM. */
  readonly ca?: string;
  /** Requests are signed so, and carry nothing else. */
  readonly s3?: S3Access;
}

export interface StorePatience {
  /** Longest time in which the server takes no byte, and for an answer to what is short. */
  readonly stallMs: number;
  /** For the answer once it has everything: it may look at it, or write it down, first. */
  readonly acceptMs: number;
}

const PATIENCE: StorePatience = { stallMs: 30_000, acceptMs: 300_000 };

/** Within which a signed request must begin; of what is read also every part of it, when connections break. */
const REQUEST_SECONDS = 900;
const READ_SECONDS = 86_400;

/** An answer that was sent is here by then. */
const HANGING_UP_MS = 200;

interface Exchange {
  readonly sent: ClientRequest;
  readonly answer: Promise<IncomingMessage>;
}

export class HttpStore implements Store {
  readonly #config: HttpStoreConfig;
  readonly #clock: Clock;
  readonly #patience: StorePatience;

  constructor(config: HttpStoreConfig, clock: Clock, patience: StorePatience = PATIENCE) {
    this.#config = config;
    this.#clock = clock;
    this.#patience = patience;
  }

  async put(key: string, sizeBytes: number, feed: (sink: Sink) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    const url = this.#url(key);
    using writing = new Watchdog(url, this.#clock, this.#patience.stallMs, signal);
    using accepting = new Watchdog(url, this.#clock, this.#patience.acceptMs, writing.signal);
    const { sent, answer } = this.#begin('PUT', key, { 'content-length': sizeBytes, 'content-type': 'application/octet-stream' });
    // An answer before the end is a refusal, whatever it is.
    const refused = answer.then((response) => {
      response.resume();
      throw this.#refusal('PUT', response);
    });
    refused.catch(() => undefined);
    try {
      await feed((piece) => this.#said(() => writing.guard(Promise.race([written(sent, piece), refused])), signal));
      sent.end();
      const response = await this.#said(() => accepting.guard(answer), signal);
      response.resume();
      if (!isSuccess(response)) throw this.#refusal('PUT', response);
    } catch (error) {
      throw (await this.#saidMeanwhile(error, refused, signal)) ?? error;
    } finally {
      sent.destroy();
    }
  }

  async sizeOf(key: string, signal: AbortSignal): Promise<number | undefined> {
    const response = await this.#short('HEAD', key, signal);
    if (response.statusCode === 404 || response.statusCode === 410) return undefined;
    const length = response.headers['content-length'];
    if (isSuccess(response) && length !== undefined) return Number(length);
    throw this.#refusal('HEAD', response);
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    const response = await this.#short('DELETE', key, signal);
    if (!isSuccess(response) && response.statusCode !== 404 && response.statusCode !== 410) throw this.#refusal('DELETE', response);
  }

  readable(key: string): Readable {
    const { ca, s3 } = this.#config;
    return {
      url: this.#url(key),
      headers: this.#headers(),
      ...(ca !== undefined && { trustedCertificates: ca }),
      ...(s3 !== undefined && { signed: () => this.#asked('GET', key, READ_SECONDS) }),
    };
  }

  #url(key: string): URL {
    return new URL(`${this.#config.url.replace(/\/+$/, '')}/${encodeURIComponent(key)}`);
  }

  #asked(method: SignedRequest['method'], key: string, seconds: number): URL {
    const url = this.#url(key);
    const { s3 } = this.#config;
    return s3 === undefined ? url : presigned({ method, url, now: this.#clock.now(), seconds }, s3);
  }

  #headers(): Readonly<Record<string, string>> {
    const { authorization } = this.#config;
    return authorization === undefined ? {} : { authorization };
  }

  /** The body of the answer is not wanted. */
  async #short(method: 'HEAD' | 'DELETE', key: string, signal: AbortSignal): Promise<IncomingMessage> {
    using watchdog = new Watchdog(this.#url(key), this.#clock, this.#patience.stallMs, signal);
    const { sent, answer } = this.#begin(method, key, {});
    try {
      sent.end();
      return await this.#said(() => watchdog.guard(answer), signal);
    } finally {
      sent.destroy();
    }
  }

  #begin(method: SignedRequest['method'], key: string, headers: Readonly<Record<string, string | number>>): Exchange {
    const url = this.#asked(method, key, REQUEST_SECONDS);
    const { ca } = this.#config;
    const options = {
      method,
      headers: { 'user-agent': 'hostler', ...this.#headers(), ...headers },
      agent: false,
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca }),
    };
    const sent = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
    const answer = new Promise<IncomingMessage>((resolve, reject) => sent.once('response', resolve).on('error', reject));
    answer.catch(() => undefined);
    return { sent, answer };
  }

  /** What the connection said, in our words; what was aborted is told as that. */
  async #said<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DriverError) throw error;
      if (signal.aborted) throw new DriverError('Unknown', 'The transfer was stopped', { reason: 'Aborted', cause: error });
      throw this.#failure('StoreUnreachable', `cannot be reached: ${describe(error)}`, error);
    }
  }

  /** Whoever refuses may hang up before the content has ended: then the answer says why, and not that the connection broke. */
  async #saidMeanwhile(error: unknown, refused: Promise<never>, signal: AbortSignal): Promise<DriverError | undefined> {
    if (!(error instanceof DriverError) || error.reason !== 'StoreUnreachable' || signal.aborted) return undefined;
    const why = await Promise.race([refused, sleep(this.#clock, HANGING_UP_MS, signal)]).catch((reason: unknown) => reason);
    return why instanceof DriverError ? why : undefined;
  }

  #refusal(method: string, { statusCode = 0, statusMessage = '' }: IncomingMessage): DriverError {
    return this.#failure(reasonOf(statusCode), `answers ${statusCode} ${statusMessage} to ${method}`.replace('  ', ' '));
  }

  #failure(reason: string, what: string, cause?: unknown): DriverError {
    const { name, url } = this.#config;
    const message = `ImageStore ${name} at ${publicUrl(new URL(url))} ${what}`;
    return new DriverError('Transient', message, { reason, ...(cause !== undefined && { cause }) });
  }
}

const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

function reasonOf(status: number): string {
  if (status === 507 || status === 413) return 'StoreFull';
  return status >= 500 || status === 429 || status === 408 ? 'StoreUnreachable' : 'StoreRefused';
}

/** Resolves when more may be written. */
function written(sent: ClientRequest, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    sent.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/** A connection tried at several addresses fails with one error each, and an empty message of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  return error instanceof Error ? error.message : String(error);
}
