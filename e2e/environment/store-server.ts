/** A web server that takes files by PUT, into a directory; it can be stopped and started again, and tells of the moment in which it is asked. */
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A request that is never answered. */
export interface StoreTrap {
  readonly method: 'PUT' | 'GET' | 'DELETE';
  /** `BeforeDone`: nothing has come of it, though all of a file has arrived. `Done`: only its answer is missing. */
  readonly moment: 'BeforeDone' | 'Done';
  /** How the name of the file begins. */
  readonly prefix: string;
  readonly spring: () => void;
}

export class StoreServer {
  readonly dir: string;
  private trap: StoreTrap | undefined;
  private parts = 0;
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

  /** Springs once, at the next such request. */
  set(trap: StoreTrap): void {
    this.trap = trap;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = request;
    const name = basename(new URL(request.url ?? '/', 'http://server').pathname);
    const file = join(this.dir, name);
    const isTrapped = (moment: StoreTrap['moment']): boolean => {
      const { trap } = this;
      if (trap?.method !== method || trap.moment !== moment || !name.startsWith(trap.prefix)) return false;
      this.trap = undefined;
      trap.spring();
      response.destroy();
      return true;
    };
    const part = method === 'PUT' ? await this.take(request, file) : undefined;
    if (isTrapped('BeforeDone')) return;
    if (part !== undefined) renameSync(part, file);
    if (method === 'DELETE') rmSync(file, { force: true });
    if (isTrapped('Done')) return;
    if (part !== undefined) return void response.writeHead(201).end();
    if (method === 'DELETE') return void response.writeHead(204).end();
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': statSync(file).size });
    if (method === 'HEAD') return void response.end();
    await pipeline(createReadStream(file), response);
  }

  /** All of it, under another name. */
  private async take(request: IncomingMessage, file: string): Promise<string> {
    this.parts += 1;
    const part = `${file}.${this.parts}.part`;
    await pipeline(request, createWriteStream(part));
    return part;
  }
}
