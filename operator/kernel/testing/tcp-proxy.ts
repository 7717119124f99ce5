/** A TCP proxy that a test puts in front of a server, to cut, hang or refuse connections. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

export class TcpProxy implements AsyncDisposable {
  /** Connections taken since the start. */
  accepted = 0;
  private readonly server: Server;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private readonly target: { readonly host: string; readonly port: number };
  private hanging = false;
  private refusing = false;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.target = target;
    this.server = createServer((client) => this.accept(client));
  }

  /** In front of an URL like `https://127.0.0.1:6443`. */
  static async start(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends every connection at once; new ones are taken. */
  cut(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  /** From now on nothing is passed on, in no direction; connections stay open, new ones too. */
  hang(): void {
    this.hanging = true;
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  /** Connections that hung stay dead, as in a network that has forgotten them; new ones work. */
  forget(): void {
    this.hanging = false;
  }

  resume(): void {
    this.hanging = false;
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  /** Connections are closed as soon as they are made. */
  refuse(refusing: boolean): void {
    this.refusing = refusing;
    if (refusing) this.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    await closed;
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    if (this.refusing) {
      client.destroy();
      return;
    }
    const server = connect(this.target);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const join = (from: Socket, to: Socket): void => {
      from.on('data', (chunk) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.pairs.delete(pair);
      });
      if (this.hanging) from.pause();
    };
    join(client, server);
    join(server, client);
  }
}
