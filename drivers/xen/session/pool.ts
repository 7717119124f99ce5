/**
 * One session in a pool, shared by all that work with its hosts: calls, and the copy of its objects that events keep in line.
 *
 * A loop waits for events at the server. Whoever has to know that nothing is missing asks once more, without waiting (`sync`):
 * its answer is of that moment. Both bring the same copy in line; an answer of the loop that is older than what the copy has
 * already is dropped. A session that the server forgot, and a coordinator that is one no more, are met by a new login; a broken
 * connection is told, and whoever needs it connects again.
 */
import type { PoolConnection } from '../../pool-contract.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { originOf } from '../config.ts';
import { ConnectionError, isXapi, type XapiFailure } from '../errors.ts';
import { ownTime, within, type Left } from '../time.ts';
import type { Client } from './client.ts';
import { loginSomewhere } from './members.ts';
import { Objects, WATCHED, type Change, type RawEvent } from './objects.ts';
import { Rpc } from './rpc.ts';
import { endpointAt } from './socket.ts';

/** How long the server holds an answer back in which there is nothing; a firewall forgets nobody in that time. */
const WAIT_S = 30;
/** After that much more without an answer nobody is there any more. */
const GRACE_MS = 15_000;
/** XML-RPC tells whole numbers from others. */
const AT_ONCE_S = 0.001;
const LONGEST_TURN_MS = 200;
const FROM_THE_START = '';

interface Batch {
  readonly events: readonly RawEvent[];
  readonly token: string;
  readonly valid_ref_counts: Readonly<Record<string, unknown>>;
}

export interface PoolListener {
  changed(changes: readonly Change[]): void;
  /** The connection is lost; nothing is told after that until `connect`. */
  lost(error: Error): void;
}

export class Pool {
  readonly rpc = new Rpc((method, args) => this.#invoke(method, args));
  readonly #config: PoolConnection;
  readonly #listeners = new Set<PoolListener>();
  readonly #waiting = new Set<() => void>();
  #objects = new Objects();
  #token = FROM_THE_START;
  /** False of a server that counts otherwise than it tells: then counts tell nothing. */
  #countsAgree = true;
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;
  readonly #pending = new Pending();
  /** Where a member answered last. */
  #lastEndpoint: string | undefined;

  constructor(config: PoolConnection) {
    this.#config = config;
  }

  get objects(): Objects {
    return this.#objects;
  }

  get tls(): PoolConnection['tls'] {
    return this.#config.tls;
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Of the member that coordinates the pool, with the session there: for streams. Throws `ConnectionError`. */
  get client(): Client {
    if (this.#client === undefined) throw new ConnectionError('not connected to the pool');
    return this.#client;
  }

  listen(listener: PoolListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects where there is no connection, and reads all objects. Callers at the same time share one attempt. */
  async connect(left: Left): Promise<void> {
    if (this.#client !== undefined) return this.sync(left);
    this.#connecting ??= this.#open(left).finally(() => {
      this.#connecting = undefined;
    });
    await within(this.#connecting, left);
  }

  close(): void {
    this.#lose(new ConnectionError('the connection was closed'), false);
  }

  /** Brings the copy in line with this moment. */
  sync(left: Left): Promise<void> {
    // One under way may have looked before; the next one is shared. One that hangs holds nobody up for long.
    this.#nextSync ??= Promise.race([this.#syncing?.catch(() => undefined), sleep(LONGEST_TURN_MS)]).then(() => this.#syncNow());
    return within(this.#nextSync, left);
  }

  /** Resolves when something changed. Whoever waits looks again, and waits again. */
  nextChange(left: Left): Promise<void> {
    const changed = new Promise<void>((resolve) => {
      this.#waiting.add(resolve);
    });
    return within(this.#pending.join(changed), left);
  }

  async #syncNow(): Promise<void> {
    this.#syncing = this.#nextSync;
    this.#nextSync = undefined;
    while (!(await this.#read(AT_ONCE_S)));
  }

  async #open(left: Left): Promise<void> {
    const client = await loginSomewhere(this.#members(), this.#config, left);
    this.#adopt(client);
    try {
      await within(this.#readAll(client), left);
    } catch (error) {
      if (this.#client === client) this.#lose(error as Error, false);
      throw error;
    }
    void this.#watch(client);
  }

  #adopt(client: Client): void {
    this.#client = client;
    this.#lastEndpoint = client.endpoint;
  }

  /** The one that answered last, those that were named, and those that the pool told of. */
  #members(): readonly string[] {
    const endpoints = [...this.#config.endpoints, ...this.#config.knownMembers].map(originOf);
    const like = this.#lastEndpoint ?? endpoints[0] ?? '';
    const told = [...this.#objects.all('host')].flatMap(({ address }) => (address === '' ? [] : [endpointAt(address, like)]));
    return [...new Set([...(this.#lastEndpoint === undefined ? [] : [this.#lastEndpoint]), ...endpoints, ...told])];
  }

  async #invoke(method: string, args: readonly unknown[]): Promise<unknown> {
    const { client } = this;
    try {
      return await this.#pending.join(client.invoke(method, args));
    } catch (error) {
      if (!isStale(error)) throw error;
      // It was refused, so nothing was done: once more, in a new session.
      await this.#renew(client, coordinatorIn(error));
      return this.#pending.join(this.client.invoke(method, args));
    }
  }

  /** Many calls find out at the same time; the first of them logs in. */
  #renew(stale: Client, coordinator: string | undefined): Promise<void> {
    if (this.#client !== stale && this.#renewing === undefined) return Promise.resolve();
    this.#renewing ??= this.#loginAgain(stale, coordinator).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #loginAgain(stale: Client, coordinator: string | undefined): Promise<void> {
    const first = coordinator === undefined ? [] : [endpointAt(coordinator, stale.endpoint)];
    try {
      const client = await this.#pending.join(loginSomewhere([...first, ...this.#members()], this.#config, ownTime(GRACE_MS)));
      if (this.#client !== stale) return client.close(); // closed meanwhile
      this.#adopt(client);
      stale.close();
      // Another server, or one that began anew, counts events its own way.
      this.#token = FROM_THE_START;
      await this.#readAll(client);
      void this.#watch(client);
    } catch (error) {
      this.#lose(error as Error, true);
      throw error;
    }
  }

  async #watch(client: Client): Promise<void> {
    while (this.#client === client) {
      try {
        await within(this.#read(WAIT_S + 0.1), () => ({ signal: NEVER, timeoutMs: WAIT_S * 1000 + GRACE_MS }));
      } catch (error) {
        if (this.#client === client) this.#lose(error as Error, true);
        return;
      }
    }
  }

  /** Brings the copy in line with what happened since it was; gives whether it is as new as the answer. */
  async #read(timeoutS: number): Promise<boolean> {
    const { client } = this;
    const token = this.#token;
    try {
      const batch = await this.#eventsFrom(client, token, timeoutS);
      if (this.#client !== client) return false;
      return await this.#take(client, token, batch);
    } catch (error) {
      if (isXapi(error, 'EVENT_FROM_TOKEN_PARSE_FAILURE', 'EVENTS_LOST')) await this.#readAll(client);
      else if (isStale(error)) await this.#renew(client, coordinatorIn(error));
      else throw error;
      // Either reads everything anew.
      return true;
    }
  }

  /**
   * A batch is of what happened since the token that was asked with, and only of use for a copy that is of that moment: of what
   * was made and removed since then it tells nothing, and a newer copy may have it.
   */
  async #take(client: Client, from: string, batch: Batch): Promise<boolean> {
    if (from !== this.#token) return !isNewer(batch.token, this.#token);
    if (from === FROM_THE_START) this.#replace(batch);
    else {
      this.#token = batch.token;
      this.#tell(this.#objects.apply(batch.events));
    }
    // What a server forgot without a word, as tasks at its restart, is found by counting.
    if (this.#countsAgree && !this.#objects.agreesWith(batch.valid_ref_counts)) await this.#readAll(client);
    return true;
  }

  async #readAll(client: Client): Promise<void> {
    const batch = await this.#eventsFrom(client, FROM_THE_START, AT_ONCE_S);
    if (this.#client !== client) return;
    this.#replace(batch);
    this.#countsAgree = this.#objects.agreesWith(batch.valid_ref_counts);
  }

  #replace({ events, token }: Batch): void {
    const objects = new Objects();
    objects.apply(events);
    const changes = this.#objects.changesTo(objects);
    this.#objects = objects;
    this.#token = token;
    this.#tell(changes);
  }

  async #eventsFrom(client: Client, token: string, timeoutS: number): Promise<Batch> {
    const answer = await this.#pending.join(client.invoke('event.from', [WATCHED, token, timeoutS]));
    const batch = answer as Partial<Batch> | undefined;
    return { events: batch?.events ?? [], token: batch?.token ?? token, valid_ref_counts: batch?.valid_ref_counts ?? {} };
  }

  #tell(changes: readonly Change[]): void {
    if (changes.length > 0) for (const listener of this.#listeners) listener.changed(changes);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #lose(error: Error, told: boolean): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    this.#token = FROM_THE_START;
    this.#nextSync = undefined;
    this.#syncing = undefined;
    this.#waiting.clear();
    const lost = error instanceof ConnectionError ? error : new ConnectionError(error.message, { cause: error });
    this.#pending.reject(lost);
    client.close();
    if (told) for (const listener of this.#listeners) listener.lost(lost);
  }
}

const NEVER = new AbortController().signal;

/** `<generation>,<generation of messages>`, both with leading zeros: as text they have the same order. */
const isNewer = (token: string, than: string): boolean => token > than;

const isStale = (error: unknown): error is XapiFailure => isXapi(error, 'SESSION_INVALID', 'HOST_IS_SLAVE');

const coordinatorIn = ({ code, params }: XapiFailure): string | undefined => (code === 'HOST_IS_SLAVE' ? params[0] : undefined);

/** What waits for answers of a connection: it waits for nothing once that is lost. */
class Pending {
  readonly #rejects = new Set<(error: Error) => void>();

  join<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject);
      work.then(resolve, reject).finally(() => this.#rejects.delete(reject));
    });
  }

  reject(error: Error): void {
    for (const reject of this.#rejects) reject(error);
    this.#rejects.clear();
  }
}
