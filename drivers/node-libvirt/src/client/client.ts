/**
 * A client of one daemon: what a program uses.
 *
 * Calls are grouped by what they are about (`client.domains`, `client.volumes`, ...) and go over as many connections as it
 * takes to keep quick calls quick: see lane.ts. The first connection carries the quick calls and the events; when it ends the
 * client is closed for good. Reconnecting is the user's: connect a new client, register for events again, look at everything.
 */
import type { CallOptions } from '../connection/call-options.ts';
import type { Connection } from '../connection/connection.ts';
import { DEFAULT_KEEPALIVE } from '../connection/keepalive.ts';
import { openConnection } from '../connection/open.ts';
import type { RemoteStream } from '../connection/stream.ts';
import { ConnectError, ConnectionLostError } from '../errors.ts';
import type { Procedure } from '../procedures/procedure.ts';
import { connectTransport } from '../transport/connect.ts';
import type { LibvirtUri } from '../transport/uri.ts';
import { parseUri } from '../transport/uri.ts';
import type { Caller, LaneOptions } from './caller.ts';
import { Backups } from './backups.ts';
import { BlockJobs } from './block-jobs.ts';
import { Checkpoints } from './checkpoints.ts';
import { Domains } from './domains.ts';
import { Events } from './events.ts';
import { Host } from './host.ts';
import { Lane } from './lane.ts';
import { Networks } from './networks.ts';
import { NodeDevices } from './node-devices.ts';
import { NwFilters } from './nwfilters.ts';
import type { ConnectOptions } from './options.ts';
import { DEFAULT_CALL_TIMEOUT_MS, DEFAULT_CONNECT_TIMEOUT_MS, LANES } from './options.ts';
import { Qemu } from './qemu.ts';
import { Secrets } from './secrets.ts';
import { Snapshots } from './snapshots.ts';
import { StoragePools } from './storage-pools.ts';
import { StorageVolumes } from './storage-volumes.ts';

export class LibvirtClient implements Caller, AsyncDisposable {
  readonly uri: LibvirtUri;
  readonly host: Host;
  readonly domains: Domains;
  readonly snapshots: Snapshots;
  readonly backups: Backups;
  readonly blockJobs: BlockJobs;
  readonly checkpoints: Checkpoints;
  readonly pools: StoragePools;
  readonly volumes: StorageVolumes;
  readonly networks: Networks;
  readonly nwfilters: NwFilters;
  readonly secrets: Secrets;
  readonly nodeDevices: NodeDevices;
  readonly qemu: Qemu;
  readonly events: Events;
  /** Resolves, never rejects, when the client is closed, with the reason: a `ConnectionLostError` or a `ProtocolError`. */
  readonly closed: Promise<Error>;
  readonly #callTimeoutMs: number;
  readonly #lanes: Readonly<Record<'fast' | 'slow' | 'stream', Lane>>;

  private constructor(uri: LibvirtUri, options: ConnectOptions, primary: Connection) {
    this.uri = uri;
    this.#callTimeoutMs = options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
    const openCalls = (): Promise<Connection> => open(uri, { ...options, signal: undefined });
    const openStreams = (): Promise<Connection> => open(uri, { ...options, signal: undefined, keepAlive: false, bulk: true });
    this.#lanes = {
      fast: new Lane(openCalls, LANES.fast),
      slow: new Lane(openCalls, LANES.slow),
      stream: new Lane(openStreams, LANES.stream),
    };
    this.#lanes.fast.adopt(primary, true);
    this.closed = new Promise((resolve) => {
      primary.onClosed((reason) => {
        this.#closeLanes(reason);
        resolve(reason);
      });
    });
    this.host = new Host(this);
    this.domains = new Domains(this);
    this.snapshots = new Snapshots(this);
    this.backups = new Backups(this);
    this.blockJobs = new BlockJobs(this);
    this.checkpoints = new Checkpoints(this);
    this.pools = new StoragePools(this);
    this.volumes = new StorageVolumes(this);
    this.networks = new Networks(this);
    this.nwfilters = new NwFilters(this);
    this.secrets = new Secrets(this);
    this.nodeDevices = new NodeDevices(this);
    this.qemu = new Qemu(this);
    this.events = new Events(primary, this.#callTimeoutMs);
  }

  /**
   * Connects to `uri` (see README for its forms). Rejects with `InvalidArgumentError` (URI, socket path), `ConnectError`,
   * `AuthenticationError`, or `LibvirtError` where the daemon refuses to open the driver.
   */
  static async connect(uri: string, options: ConnectOptions = {}): Promise<LibvirtClient> {
    const parsed = parseUri(uri);
    return new LibvirtClient(parsed, options, await open(parsed, options));
  }

  /** Any procedure of the tables, also one that has no method yet. */
  call<A, R>(procedure: Procedure<A, R>, args: A, options: LaneOptions = {}): Promise<R> {
    const limited = options.timeoutMs === undefined ? { ...options, timeoutMs: this.#callTimeoutMs } : options;
    return this.#lanes[options.speed ?? procedure.speed].run(limited, procedure.name, (connection, left) =>
      connection.call(procedure, args, left),
    );
  }

  /** A procedure that opens a stream, on a connection that the stream has to itself. */
  openStream<A, R>(procedure: Procedure<A, R>, args: A, options: CallOptions = {}): Promise<RemoteStream> {
    return this.#lanes.stream.run(options, procedure.name, (connection, left) => connection.openStream(procedure, args, left));
  }

  /** Closes all connections. What is under way rejects with `ConnectionLostError`; the daemon goes on with it. */
  close(): void {
    this.#closeLanes(new ConnectionLostError('The client was closed'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #closeLanes(reason: Error): void {
    for (const lane of Object.values(this.#lanes)) lane.close(reason);
  }
}

/** `bulk`: for streams, of which one that is not consumed keeps a connection from being read. */
type OpenOptions = Omit<ConnectOptions, 'signal'> & { readonly signal?: AbortSignal | undefined; readonly bulk?: boolean };

async function open(uri: LibvirtUri, options: OpenOptions): Promise<Connection> {
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(connectTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const socket = await connectTransport(uri, options, signal);
    return await openConnection(
      socket,
      {
        name: uri.name,
        readOnly: options.readOnly ?? false,
        login: { credentials: options.credentials, confidential: uri.transport !== 'tcp' },
        keepAlive: options.keepAlive !== false ? (options.keepAlive ?? DEFAULT_KEEPALIVE) : undefined,
      },
      signal,
    );
  } catch (error) {
    if (error === timeout.reason) throw new ConnectError(`Not connected within ${connectTimeoutMs} ms`, { cause: error });
    throw error;
  }
}
