/** Listens on the unix socket and gives every client a session. */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { Session } from './session.ts';
import type { World } from './world.ts';

export interface FakeServer {
  /** Stops listening, breaks every connection and removes the socket. */
  close(): Promise<void>;
}

/** Rejects when another process listens there. A socket that nobody listens on is left over, and replaced. */
export async function serve(world: World, socketPath: string): Promise<FakeServer> {
  if (await isTaken(socketPath)) throw new Error(`another process listens on ${socketPath}`);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const session = new Session(world, socket);
    session.begin();
  });
  await listen(server, socketPath);
  chmodSync(socketPath, 0o600);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function isTaken(path: string): Promise<boolean> {
  const answer = await new Promise<string>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve('connected');
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
  });
  if (answer === 'ECONNREFUSED') unlinkSync(path);
  return answer === 'connected';
}
