/** A web server that takes files by PUT, into a directory; it can be stopped and started again, and made to take its time. */
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export class StoreServer {
  readonly dir: string;
  /** What a file is not taken before. */
  private holding: Promise<void> = Promise.resolve();
  /** PUTs that began. */
  puts = 0;
  private readonly address: string;
  private port = 0;
  private server: Server | undefined;

  private constructor(dir: string, address: string) {
    this.dir = dir;
    this.address = address;
  }

  static async start({ dir, address }: { readonly dir: string; readonly address: string }): Promise<StoreServer> {
    mkdirSync(dir, { recursive: true });
    const store = new StoreServer(dir, address);
    await store.start();
    return store;
  }

  get url(): string {
    return `http://${this.address}:${this.port}/copies`;
  }

  files(): readonly string[] {
    return readdirSync(this.dir).filter((name) => !name.endsWith('.part'));
  }

  /** Again at the same address. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.answer(request, response).catch(() => response.destroy()));
    await new Promise<void>((listening, failed) => server.once('error', failed).listen(this.port, this.address, listening));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((closed) => (server === undefined ? closed() : server.close(() => closed())));
  }

  /** From now on files are taken, and not accepted before the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.holding = promise;
    return resolve;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = join(this.dir, basename(new URL(request.url ?? '/', 'http://server').pathname));
    switch (request.method ?? 'GET') {
      case 'PUT':
        await this.take(request, file);
        return void response.writeHead(201).end();
      case 'DELETE':
        rmSync(file, { force: true });
        return void response.writeHead(204).end();
      default:
        if (!existsSync(file)) return void response.writeHead(404).end();
        response.writeHead(200, { 'content-length': statSync(file).size });
        if (request.method === 'HEAD') return void response.end();
        await pipeline(createReadStream(file), response);
    }
  }

  private async take(request: IncomingMessage, file: string): Promise<void> {
    this.puts += 1;
    const part = `${file}.${this.puts}.part`;
    await pipeline(request, createWriteStream(part));
    await this.holding;
    renameSync(part, file);
  }
}
