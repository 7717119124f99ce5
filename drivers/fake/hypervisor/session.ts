/**
 * One client of the fake: its handshake, its requests, the events pushed to it. Whatever it sends, the worst that happens
 * is that its connection is closed with a word on why.
 */
import type { Socket } from 'node:net';
import { LineReader, LineWriter } from '../lines.ts';
import { MAX_LINE_BYTES, PROTOCOL_VERSION, type ServerMessage } from '../protocol.ts';
import { react, type Reaction } from './actor.ts';
import { control } from './control.ts';
import type { Connection, Door } from './door.ts';
import type { FakeHost } from './host.ts';
import { checkedAsk, isVerb } from './requests.ts';
import { sentError } from './verbs.ts';
import type { World } from './world.ts';

/** A client that does not read what it asked for is cut off. */
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;

interface Entered {
  readonly host: FakeHost;
  readonly door: Door;
  readonly stopListening: () => void;
}

export class Session implements Connection {
  readonly #world: World;
  readonly #socket: Socket;
  readonly #reader = new LineReader(MAX_LINE_BYTES);
  readonly #writer: LineWriter;
  #entered: Entered | undefined;

  constructor(world: World, socket: Socket) {
    this.#world = world;
    this.#socket = socket;
    this.#writer = new LineWriter(socket);
  }

  begin(): void {
    this.#socket.on('data', (chunk) => this.#read(chunk));
    // A broken connection also closes; there is nobody to tell.
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#leave());
  }

  drop(reason: string): void {
    this.#send({ goodbye: reason });
    this.#writer.flush();
    this.#socket.destroySoon();
    this.#leave();
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#reader.push(chunk)) this.#take(parseMessage(line));
    } catch (error) {
      this.drop(error instanceof Error ? error.message : String(error));
    }
  }

  #take(message: Readonly<Record<string, unknown>>): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if ('control' in message) this.#send(control(this.#world, message['control']));
    else if (this.#entered === undefined) this.#enter(message['hello'], message['host']);
    else this.#request(this.#entered, message['id'], message['verb'], message['args']);
  }

  #enter(version: unknown, hostName: unknown): void {
    if (version !== PROTOCOL_VERSION) throw new BadMessageError(`say hello with protocol version ${PROTOCOL_VERSION} first`);
    if (typeof hostName !== 'string' || !/^[\w.-]{1,253}$/.test(hostName))
      throw new BadMessageError('name the host in letters, digits, - _ and .');
    const door = this.#world.door(hostName);
    if (door.isShut) {
      this.drop(`host ${hostName} is down`);
      return;
    }
    const host = this.#world.host(hostName);
    const stopListening = host.onEvent((event) => this.#world.deliver(event, (sent) => door.pass(() => this.#send({ event: sent }))));
    this.#entered = { host, door, stopListening };
    door.enter(this);
    door.pass(() => this.#send({ welcome: PROTOCOL_VERSION }));
  }

  #request({ host, door }: Entered, id: unknown, verb: unknown, args: unknown): void {
    if (!Number.isSafeInteger(id) || typeof id !== 'number' || typeof verb !== 'string')
      throw new BadMessageError('a request has a number as id, and a verb');
    door.pass(() => {
      if (!isVerb(verb)) {
        this.#send({
          id,
          error: { label: 'Unsupported', reason: 'Unsupported', message: `a fake host has no verb ${verb.slice(0, 100)}` },
        });
        return;
      }
      try {
        react(this.#world, host, verb, checkedAsk(verb, args), (reaction) => door.pass(() => this.#reply(id, reaction)));
      } catch (error) {
        this.#send({ id, error: sentError(error) });
      }
    });
  }

  #reply(id: number, reaction: Reaction): void {
    if (reaction === 'Silence') return;
    if (reaction === 'Dropped') this.drop('the script says so');
    else this.#send({ id, ...reaction });
  }

  #send(message: ServerMessage): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#socket.destroy();
    else this.#writer.send(message);
  }

  #leave(): void {
    this.#entered?.stopListening();
    this.#entered?.door.leave(this);
    this.#entered = undefined;
  }
}

class BadMessageError extends Error {
  override readonly name = 'BadMessageError';
}

function parseMessage(line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new BadMessageError('a line is not JSON', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadMessageError('a line is not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}
