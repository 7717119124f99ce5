/**
 * Serves guest images over HTTP from a directory, and misbehaves where a test asks for it.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

export type Fault =
  | { readonly kind: 'Status'; readonly status: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'Hangs' }
  /** Promises the whole file and cuts the connection after so many bytes. */
  | { readonly kind: 'Breaks'; readonly afterBytes: number }
  /** Sends so many bytes and then nothing more, keeping the connection open. */
  | { readonly kind: 'Stalls'; readonly afterBytes: number }
  | { readonly kind: 'Redirects'; readonly to: string };

export interface ImageServerOptions {
  /** Only files directly in it are served. */
  readonly dir: string;
  readonly address?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

export class ImageServer {
  private readonly server: Server;
  private readonly dir: string;
  private readonly faults = new Map<string, Fault>();
  private readonly counts = new Map<string, number>();

  private constructor(dir: string) {
    this.dir = dir;
    this.server = createServer((request, response) => this.answer(request, response));
  }

  static async start({ dir, address = '127.0.0.1', port = 0 }: ImageServerOptions): Promise<ImageServer> {
    const images = new ImageServer(dir);
    await new Promise<void>((listening, failed) => images.server.once('error', failed).listen(port, address, listening));
    return images;
  }

  /** Where the file is served, whether it exists or not. */
  url(fileName: string): string {
    const { address, port } = this.server.address() as AddressInfo;
    return `http://${address}:${port}/${fileName}`;
  }

  /** From now on, requests for that file end like this; undefined: as they should. */
  setFault(fileName: string, fault: Fault | undefined): void {
    if (fault === undefined) this.faults.delete(fileName);
    else this.faults.set(fileName, fault);
  }

  /** How often the file was asked for. */
  requests(fileName: string): number {
    return this.counts.get(fileName) ?? 0;
  }

  /** Cuts what is still being sent. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((closed) => this.server.close(() => closed()));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const fileName = basename(new URL(request.url ?? '/', 'http://server').pathname);
    this.counts.set(fileName, this.requests(fileName) + 1);
    const fault = this.faults.get(fileName);
    switch (fault?.kind) {
      case undefined:
        return this.send(fileName, response);
      case 'Status':
        return void response.writeHead(fault.status).end();
      case 'Hangs':
        return undefined;
      case 'Redirects':
        return void response.writeHead(302, { location: fault.to }).end();
      case 'Breaks':
        return this.send(fileName, response, fault.afterBytes, () => response.destroy());
      case 'Stalls':
        return this.send(fileName, response, fault.afterBytes, () => undefined);
    }
  }

  private send(fileName: string, response: ServerResponse, bytes?: number, afterwards: () => void = () => response.end()): void {
    const file = join(this.dir, fileName);
    if (fileName === '' || !existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': statSync(file).size });
    // Pieces far smaller than any file: who aborts in the middle is really in the middle.
    const content = createReadStream(file, { highWaterMark: 16 * 1024, ...(bytes === undefined ? {} : { end: bytes - 1 }) });
    content.on('end', afterwards).pipe(response, { end: false });
    response.on('close', () => content.destroy());
  }
}
