/** The address of one host: an HTTP server that can be taken down and come back, as a host that is lost or reboots. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Tls {
  /** PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface Routes {
  readonly request: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly connect: (request: IncomingMessage, socket: Duplex) => void;
}

export class Listener {
  readonly address: string;
  #port: number;
  readonly #routes: Routes;
  readonly #tls: Tls | undefined;
  #server: Server | undefined;
  readonly #tunnels = new Set<Duplex>();

  /** Port 0: any that is free, and the same again after it was down. */
  constructor(address: string, port: number, routes: Routes, tls?: Tls) {
    this.address = address;
    this.#port = port;
    this.#routes = routes;
    this.#tls = tls;
  }

  get port(): number {
    return this.#port;
  }

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  async up(): Promise<void> {
    if (this.#server !== undefined) return;
    const listener: RequestListener = (request, response) => {
      this.#routes.request(request, response).catch(() => request.socket.destroy());
    };
    const server = this.#tls === undefined ? createServer(listener) : createTlsServer({ ...this.#tls }, listener);
    // Calls wait for events for longer than Node lets requests take.
    server.requestTimeout = 0;
    server.keepAliveTimeout = 60_000;
    server.on('connect', (request, socket) => {
      this.#tunnels.add(socket);
      socket.on('close', () => this.#tunnels.delete(socket));
      socket.on('error', () => socket.destroy());
      this.#routes.connect(request, socket);
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, this.address, resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Breaks every connection and takes no more. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    this.breakConnections(server);
    await closed;
  }

  breakConnections(server = this.#server): void {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    server?.closeAllConnections();
  }
}
