/**
 * HTTP/1.1 over keep-alive TLS, as little of it as the API needs: one call with a whole answer, and one stream.
 *
 * node:https was measured against undici and HTTP/2: at best undici takes a fifth less CPU per request, which is 0.05 ms an
 * Instance, for 20 MB more memory.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { dropIdle, makeAgent } from './agent.ts';
import { connectionFailed, deadlineExceeded } from './answers.ts';
import { type Connection, type ConnectionSource, sameEndpoint } from './connection.ts';
import type { Clock } from '../clock.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface HttpAnswer {
  readonly code: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** An answer whose body comes bit by bit. */
export interface HttpStream {
  readonly code: number;
  readonly message: IncomingMessage;
}

/** Where requests to one server go; made anew when the credentials of the connection change. */
interface Target {
  readonly connection: Connection;
  readonly agent: Agent;
  readonly options: RequestOptions;
  readonly pathPrefix: string;
  readonly host: string;
  readonly send: typeof httpsRequest;
}

export class Transport {
  private readonly source: ConnectionSource;
  private readonly clock: Clock;
  private readonly userAgent: string;
  private target: Target | undefined;

  constructor(source: ConnectionSource, clock: Clock, userAgent: string) {
    this.source = source;
    this.clock = clock;
    this.userAgent = userAgent;
  }

  /** Rejects with ConnectionFailed, DeadlineExceeded or the signal's reason; any HTTP answer resolves. */
  async call(request: HttpRequest, signal: AbortSignal, timeoutMs: number): Promise<HttpAnswer> {
    const connection = await this.source.current();
    const answer = await this.callOnce(connection, request, signal, timeoutMs);
    if (answer.code !== 401) return answer;
    return this.callOnce(await this.source.renew(connection), request, signal, timeoutMs);
  }

  /** Resolves when the headers are there. The stream ends with an `error` when the connection breaks or the signal aborts. */
  async stream(request: HttpRequest, signal: AbortSignal, headersTimeoutMs: number): Promise<HttpStream> {
    const connection = await this.source.current();
    const stream = await this.streamOnce(connection, request, signal, headersTimeoutMs);
    if (stream.code !== 401) return stream;
    stream.message.destroy();
    return this.streamOnce(await this.source.renew(connection), request, signal, headersTimeoutMs);
  }

  /** `host:port` of the server, as far as known; a metric label. */
  get host(): string {
    return this.target?.host ?? '';
  }

  close(): void {
    this.target?.agent.destroy();
  }

  private callOnce(connection: Connection, request: HttpRequest, signal: AbortSignal, timeoutMs: number): Promise<HttpAnswer> {
    const target = this.targetOf(connection);
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const what = describe(request);
      const message = start(target, request, this.userAgent);
      const finish = (settle: () => void): void => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = (): void => {
        finish(() => reject(signal.reason as Error));
        message.destroy();
      };
      const timer = this.clock.after(timeoutMs, () => {
        finish(() => reject(deadlineExceeded(what, timeoutMs)));
        message.destroy();
        dropIdle(target.agent);
      });
      signal.addEventListener('abort', onAbort, { once: true });
      const fail = (error: Error): void => finish(() => reject(connectionFailed(what, error)));
      message.on('error', fail);
      message.on('response', (response) => readAll(response, fail, (answer) => finish(() => resolve(answer))));
    });
  }

  private streamOnce(connection: Connection, request: HttpRequest, signal: AbortSignal, headersTimeoutMs: number): Promise<HttpStream> {
    const target = this.targetOf(connection);
    const what = describe(request);
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const message = start(target, request, this.userAgent);
      const onAbort = (): void => void message.destroy(new Error('aborted'));
      const timer = this.clock.after(headersTimeoutMs, () => message.destroy(deadlineExceeded(what, headersTimeoutMs)));
      signal.addEventListener('abort', onAbort, { once: true });
      message.on('close', () => signal.removeEventListener('abort', onAbort));
      message.on('error', (error) => {
        timer.cancel();
        reject(signal.aborted ? (signal.reason as Error) : connectionFailed(what, error));
      });
      message.on('response', (response) => {
        timer.cancel();
        resolve({ code: response.statusCode ?? 0, message: response });
      });
    });
  }

  private targetOf(connection: Connection): Target {
    const known = this.target;
    if (known?.connection === connection) return known;
    if (known !== undefined && sameEndpoint(known.connection, connection)) return (this.target = { ...known, connection });
    // Connections of the former agent end by themselves once idle.
    const { host, hostname, port, pathname, protocol } = new URL(connection.server);
    const secure = protocol === 'https:';
    const agent = makeAgent(connection) as Agent;
    const options: RequestOptions = {
      agent,
      protocol,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : port,
    };
    this.target = {
      connection,
      agent,
      options,
      host,
      pathPrefix: pathname.replace(/\/$/, ''),
      send: secure ? httpsRequest : httpRequest,
    };
    return this.target;
  }
}

export const describe = ({ method, path }: HttpRequest): string => `${method} ${path}`;

function start({ connection, options, pathPrefix, send }: Target, request: HttpRequest, userAgent: string): ClientRequest {
  const { method, path, body, contentType } = request;
  const headers: Record<string, string | number> = { accept: 'application/json', 'user-agent': userAgent, ...connection.headers };
  if (body !== undefined) {
    headers['content-type'] = contentType ?? 'application/json';
    headers['content-length'] = Buffer.byteLength(body);
  }
  const message = send({ ...options, method, path: pathPrefix + path, headers });
  message.end(body);
  return message;
}

function readAll(response: IncomingMessage, fail: (error: Error) => void, done: (answer: HttpAnswer) => void): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('error', fail);
  response.on('end', () => {
    const [first] = chunks;
    const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    done({ code: response.statusCode ?? 0, body: bytes.toString('utf8'), retryAfter: response.headers['retry-after'] });
  });
}
