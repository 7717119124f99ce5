/** A web server on a free loopback port that keeps what is put there, as long as the test does not want otherwise. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class WebStore {
  readonly files = new Map<string, Buffer>();
  /** `PUT /a`. */
  readonly requests: string[] = [];
  /** Of the last request. */
  authorization: string | undefined;
  /** What is answered instead; false: as it should be. */
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #server: Server;

  private constructor(makeServer: (listener: RequestListener) => Server) {
    this.#server = makeServer((request, response) => void this.#handle(request, response));
  }

  static async start(makeServer: (listener: RequestListener) => Server = (listener) => createServer(listener)): Promise<WebStore> {
    const store = new WebStore(makeServer);
    await new Promise<void>((resolve) => store.#server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hostler`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request;
    this.requests.push(`${method} ${path}`);
    this.authorization = request.headers.authorization;
    if (this.answer(request, response)) return;
    const file = this.files.get(path);
    switch (method) {
      case 'PUT': {
        const content = await whole(request);
        if (content !== undefined) this.files.set(path, content);
        return void response.writeHead(201).end();
      }
      case 'DELETE':
        return void response.writeHead(this.files.delete(path) ? 204 : 404).end();
      default:
        if (file === undefined) return void response.writeHead(404).end();
        response.writeHead(200, { 'content-length': file.length, etag: '"v1"' });
        return void (method === 'HEAD' ? response.end() : response.end(file));
    }
  }
}

/** Undefined: whoever sent it went away before the end. */
async function whole(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    return undefined;
  }
  return request.complete ? Buffer.concat(pieces) : undefined;
}
