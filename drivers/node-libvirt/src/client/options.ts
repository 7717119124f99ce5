/** How to connect, and how the connection behaves. */
import type { Credentials } from '../auth/credentials.ts';
import type { KeepAliveOptions } from '../connection/keepalive.ts';
import type { SshOptions } from '../transport/ssh.ts';
import type { TlsOptions } from '../transport/tls.ts';

export interface ConnectOptions {
  /** Limit on the whole of connecting, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Aborts the connecting; without effect once connected. */
  readonly signal?: AbortSignal;
  /** Limit on a call that names none, in milliseconds. Default 60,000. Streams have none unless one is given. */
  readonly callTimeoutMs?: number;
  /** Default: a ping each 5 s, lost after 5 silent intervals. False: none. */
  readonly keepAlive?: KeepAliveOptions | false;
  /** Opens with libvirt's read-only flag. */
  readonly readOnly?: boolean;
  /** For daemons that want SASL. */
  readonly credentials?: Credentials;
  readonly tls?: TlsOptions;
  readonly ssh?: SshOptions;
}

/** What each lane's calls are like; see lane.ts for the reason. Daemons count five calls a connection, one is kept in reserve. */
export const LANES = {
  fast: { slots: 4, countAfterMs: 250, maxConnections: 4, idleMs: 30_000 },
  slow: { slots: 4, countAfterMs: 0, maxConnections: 8, idleMs: 30_000 },
  stream: { slots: 1, countAfterMs: 0, maxConnections: 16, idleMs: 5000 },
} as const;

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
export const DEFAULT_CALL_TIMEOUT_MS = 60_000;
