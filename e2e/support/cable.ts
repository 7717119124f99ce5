/** A line to a daemon's socket that can be cut, or go dead while its connections stay open: one for each who connects. */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Cable {
  /** Where to connect instead of to the daemon's own socket. */
  readonly socket: string;
  private readonly server: Server;
  private readonly ends = new Set<Socket>();
  private dead = false;

  /** `socket`: a path of its own, of at most 107 bytes. */
  constructor(socket: string, daemonSocket: string) {
    this.socket = socket;
    this.server = createServer((client) => this.join(client, connect(daemonSocket)));
    this.server.listen(socket); // a path is bound at once
  }

  /** Breaks every connection; new ones can be made. */
  cut(): void {
    for (const end of this.ends) end.destroy();
  }

  /** Nothing passes any more, also on connections made from now on, until the returned function is called. */
  goDead(): () => void {
    this.dead = true;
    for (const end of this.ends) end.pause();
    return () => {
      this.dead = false;
      for (const end of this.ends) end.resume();
    };
  }

  remove(): void {
    this.cut();
    this.server.close();
    rmSync(this.socket, { force: true });
  }

  private join(client: Socket, daemon: Socket): void {
    for (const [from, to] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      this.ends.add(from);
      from.on('data', (chunk: Buffer) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.ends.delete(from);
        to.destroy();
      });
      if (this.dead) from.pause();
    }
  }
}
