/**
 * Events of the host: registrations, and the way from a message to its listener.
 *
 * Events are hints. They come in order and none is lost while the client is connected, but nothing tells what happened before
 * the registration or after the connection was lost: register first, then look, and look again after a reconnect.
 */
import type { CallOptions } from '../connection/call-options.ts';
import type { Connection } from '../connection/connection.ts';
import type { Procedure } from '../procedures/procedure.ts';
import * as registration from '../procedures/registration.ts';
import type { DomainRef, NetworkRef, NodeDevice, SecretRef, StoragePoolRef } from '../types/references.ts';
import type {
  DomainEvent,
  DomainEventKind,
  EventKind,
  NetworkEvent,
  NetworkEventKind,
  NodeDeviceEvent,
  NodeDeviceEventKind,
  SecretEvent,
  SecretEventKind,
  StoragePoolEvent,
  StoragePoolEventKind,
} from './event-kinds.ts';
import { DOMAIN_EVENTS, NETWORK_EVENTS, NODE_DEVICE_EVENTS, SECRET_EVENTS, STORAGE_POOL_EVENTS } from './event-kinds.ts';

/** Called in the order of the events. What it throws is an uncaught exception: it is the listener's bug, not the connection's. */
export type Listener<E> = (event: E) => void;

export interface Subscription {
  /** Stops the events at once, then tells the daemon. Does not reject because the connection is gone. */
  close(): Promise<void>;
}

export interface ListenOptions<Of> extends CallOptions {
  /** Only events of this one thing; default: of all. */
  readonly of?: Of;
}

type Deregister = Procedure<{ readonly callbackID: number }, unknown>;

export class Events {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  /** By message number, then by the registration's number, which is unique among those of one message only. */
  readonly #listeners = new Map<number, Map<number, Listener<never>>>();

  constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  async onDomain<K extends DomainEventKind>(
    kind: K,
    listener: Listener<DomainEvent<K>>,
    { of, ...options }: ListenOptions<DomainRef> = {},
  ): Promise<Subscription> {
    const { id } = DOMAIN_EVENTS[kind];
    return this.#register(
      DOMAIN_EVENTS[kind],
      listener,
      options,
      registration.domainEventRegister,
      { eventID: id, dom: of },
      registration.domainEventDeregister,
    );
  }

  async onNetwork<K extends NetworkEventKind>(
    kind: K,
    listener: Listener<NetworkEvent<K>>,
    { of, ...options }: ListenOptions<NetworkRef> = {},
  ): Promise<Subscription> {
    const { id } = NETWORK_EVENTS[kind];
    return this.#register(
      NETWORK_EVENTS[kind],
      listener,
      options,
      registration.networkEventRegister,
      { eventID: id, net: of },
      registration.networkEventDeregister,
    );
  }

  async onStoragePool<K extends StoragePoolEventKind>(
    kind: K,
    listener: Listener<StoragePoolEvent<K>>,
    { of, ...options }: ListenOptions<StoragePoolRef> = {},
  ): Promise<Subscription> {
    const { id } = STORAGE_POOL_EVENTS[kind];
    return this.#register(
      STORAGE_POOL_EVENTS[kind],
      listener,
      options,
      registration.storagePoolEventRegister,
      { eventID: id, pool: of },
      registration.storagePoolEventDeregister,
    );
  }

  async onNodeDevice<K extends NodeDeviceEventKind>(
    kind: K,
    listener: Listener<NodeDeviceEvent<K>>,
    { of, ...options }: ListenOptions<NodeDevice> = {},
  ): Promise<Subscription> {
    const { id } = NODE_DEVICE_EVENTS[kind];
    return this.#register(
      NODE_DEVICE_EVENTS[kind],
      listener,
      options,
      registration.nodeDeviceEventRegister,
      { eventID: id, dev: of },
      registration.nodeDeviceEventDeregister,
    );
  }

  async onSecret<K extends SecretEventKind>(
    kind: K,
    listener: Listener<SecretEvent<K>>,
    { of, ...options }: ListenOptions<SecretRef> = {},
  ): Promise<Subscription> {
    const { id } = SECRET_EVENTS[kind];
    return this.#register(
      SECRET_EVENTS[kind],
      listener,
      options,
      registration.secretEventRegister,
      { eventID: id, secret: of },
      registration.secretEventDeregister,
    );
  }

  async #register<E, A>(
    kind: EventKind<E>,
    listener: Listener<never>,
    options: CallOptions,
    register: Procedure<A, { readonly callbackID: number }>,
    args: A,
    deregister: Deregister,
  ): Promise<Subscription> {
    const listeners = this.#listenersOf(kind);
    const limited = { timeoutMs: this.#timeoutMs, ...options };
    // The first event may follow the reply in the same packet: the listener is in place before it is read.
    const callbackID = await this.#connection.callThen(register, args, limited, (reply) => {
      listeners.set(reply.callbackID, listener);
      return reply.callbackID;
    });
    return { close: () => this.#close(listeners, callbackID, deregister) };
  }

  async #close(listeners: Map<number, Listener<never>>, callbackID: number, deregister: Deregister): Promise<void> {
    if (!listeners.delete(callbackID) || this.#connection.closed !== undefined) return;
    try {
      await this.#connection.call(deregister, { callbackID }, { timeoutMs: this.#timeoutMs });
    } catch (error) {
      // With the connection the registration is gone too.
      if (this.#connection.closed === undefined) throw error;
    }
  }

  #listenersOf<E>(kind: EventKind<E>): Map<number, Listener<never>> {
    let listeners = this.#listeners.get(kind.messageNumber);
    if (listeners === undefined) {
      const made = new Map<number, Listener<never>>();
      this.#listeners.set(kind.messageNumber, made);
      this.#connection.handleEvent(kind.messageNumber, (reader) => {
        const { callbackId, event } = kind.read(reader);
        tell(made.get(callbackId), event);
      });
      listeners = made;
    }
    return listeners;
  }
}

function tell(listener: Listener<never> | undefined, event: unknown): void {
  try {
    (listener as Listener<unknown> | undefined)?.(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
