/**
 * Stands between the operator and a libvirt daemon, so that the operator can be killed at an exact place: right before the
 * n-th change reaches the host, or right after the host made it and before the operator hears of it. And it counts.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { type Frame, FrameSplitter, mutation } from './rpc-frames.ts';

/** `BeforeCall`: the change never reaches the host. `AfterReply`: the host has made it, its answer never arrives. */
export type Moment = 'BeforeCall' | 'AfterReply';

export interface Trap {
  /** Which change, counted from 1 from now on. */
  readonly at: number;
  readonly moment: Moment;
  /** Only changes of this name count; absent: all. */
  readonly only?: string;
  /** Called in the very moment, before anything else is passed on. */
  readonly spring: (change: string) => void;
}

interface Waiting {
  readonly serial: number;
  readonly change: string;
}

export class RpcProxy {
  private readonly server: Server;
  private readonly daemonSocket: string;
  private readonly sockets = new Set<Socket>();
  private readonly seen: string[] = [];
  private trap: Trap | undefined;
  private changes = 0;
  private frozen = false;

  private constructor(daemonSocket: string) {
    this.daemonSocket = daemonSocket;
    // A wire adds no pauses of its own.
    this.server = createServer({ noDelay: true }, (client) => this.serve(client));
  }

  static async start(daemonSocket: string): Promise<RpcProxy> {
    const proxy = new RpcProxy(daemonSocket);
    await new Promise<void>((listening, failed) => proxy.server.once('error', failed).listen(0, '127.0.0.1', listening));
    return proxy;
  }

  /** For a Hypervisor object. */
  get uri(): string {
    return `qemu+tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}/system`;
  }

  /** Every call that came by since the start, oldest first: `remote:344`. */
  calls(): readonly string[] {
    return this.seen;
  }

  /** From now on the n-th change springs the trap; after that nothing passes until `mend`. */
  set(trap: Trap): void {
    this.trap = trap;
    this.changes = 0;
  }

  /** Lets everything pass again; connections of before are cut. Says how many changes came by since the trap was set. */
  mend(): number {
    this.trap = undefined;
    this.frozen = false;
    this.cut();
    return this.changes;
  }

  /** Breaks every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((closed) => this.server.close(() => closed()));
  }

  private serve(client: Socket): void {
    const daemon = connect(this.daemonSocket);
    const waiting: Waiting[] = [];
    this.pass(client, daemon, (frame) => this.onCall(frame, waiting));
    this.pass(daemon, client, (frame) => this.onReply(frame, waiting));
  }

  private pass(from: Socket, to: Socket, look: (frame: Frame) => void): void {
    const splitter = new FrameSplitter();
    this.sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      for (const frame of splitter.push(chunk)) {
        if (!this.frozen) look(frame);
        if (!this.frozen) to.write(frame.bytes);
      }
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }

  private onCall(frame: Frame, waiting: Waiting[]): void {
    if (frame.kind === 'Call') this.seen.push(frame.procedure);
    const change = mutation(frame);
    if (change === undefined || (this.trap?.only ?? change) !== change) return;
    this.changes += 1;
    if (this.trap === undefined || this.changes !== this.trap.at) return;
    if (this.trap.moment === 'BeforeCall') this.spring(this.trap, change);
    else waiting.push({ serial: frame.serial, change });
  }

  private onReply(frame: Frame, waiting: Waiting[]): void {
    if (this.trap === undefined || (frame.kind !== 'Reply' && frame.kind !== 'StreamEnd')) return;
    const found = waiting.find(({ serial }) => serial === frame.serial);
    if (found !== undefined) this.spring(this.trap, found.change);
  }

  private spring(trap: Trap, change: string): void {
    this.frozen = true;
    trap.spring(change);
  }
}
