/**
 * What is used of npm `xen-api`, which comes without types: how calls go over the wire, by JSON-RPC or XML-RPC. Its own sessions,
 * watchers and caches are not used: they cannot be told an originator, give up after one failed login, and wait a minute after
 * other failures.
 */
declare module 'xen-api' {
  import type { Socket } from 'node:net';

  export interface XapiOptions {
    readonly url: string;
    readonly auth: { readonly user: string; readonly password: string };
    readonly watchEvents: false;
    readonly callConcurrency: number;
    /** Milliseconds, by method. */
    readonly callTimeout: (method: string) => number;
  }

  export class Xapi {
    constructor(options: XapiOptions);
    /** One call as it is, with the session as its first argument where it needs one. */
    _call(method: string, args: readonly unknown[]): Promise<unknown>;
    /** An `Agent` of undici; `_setUrl` makes the transport over it. */
    _undiciDispatcher: Dispatcher;
    _url: unknown;
    _setUrl(url: unknown): void;
  }

  interface Dispatcher {
    readonly constructor: new (options: {
      readonly connect: Connect;
      readonly headersTimeout: number;
      readonly bodyTimeout: number;
    }) => Dispatcher;
    destroy(): Promise<void>;
  }

  export interface ConnectOptions {
    readonly hostname: string;
    readonly port: string;
    readonly protocol: string;
  }

  export type Connect = (
    options: ConnectOptions,
    done: (...outcome: readonly [error: Error, socket: null] | readonly [error: null, socket: Socket]) => void,
  ) => void;
}
