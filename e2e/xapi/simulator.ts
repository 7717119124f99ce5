/**
 * A Xen pool that is not there: hosts on loopback addresses that answer as XAPI does. Tests start it on free ports, script what
 * goes wrong by `world.faults` and the methods here, and look into `world.store`.
 */
import type { Ref } from '../../drivers/xen/model/model.ts';
import { Listener, type Tls } from './http/listener.ts';
import { routesOf } from './http/routes.ts';
import { setScene, type Scene } from './scene/scene.ts';
import { failure } from './wire/failure.ts';
import type { Credentials } from './world/sessions.ts';
import { World, type Durations } from './world/world.ts';

export interface SimulatorOptions {
  /** Of the first host, the master; the others have those that follow. */
  readonly address?: string;
  /** 0, or absent: one that is free at all of the addresses. */
  readonly port?: number;
  readonly hosts?: number;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  readonly tls?: Tls;
  readonly credentials?: Credentials;
  readonly durations?: Durations;
  readonly poolName?: string;
}

export const CREDENTIALS: Credentials = { user: 'root', password: 'secret' };

const ATTEMPTS = 20;

export class Simulator {
  readonly world: World;
  readonly scene: Scene;
  readonly credentials: Credentials;
  readonly #listeners: readonly Listener[];
  readonly #scheme: string;

  private constructor(world: World, scene: Scene, credentials: Credentials, listeners: readonly Listener[], scheme: string) {
    this.world = world;
    this.scene = scene;
    this.credentials = credentials;
    this.#listeners = listeners;
    this.#scheme = scheme;
    world.onBreak = () => this.breakConnections();
  }

  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    const { address = '127.0.0.1', hosts = 1, tls, credentials = CREDENTIALS, durations, poolName } = options;
    const world = new World({ credentials });
    if (durations !== undefined) world.durations = durations;
    const addresses = Array.from({ length: hosts }, (_, index) => following(address, index));
    const plans = addresses.map((one, index) => ({
      name: `xen-${index + 1}`,
      address: one,
      ...(options.memoryBytes === undefined ? {} : { memoryBytes: options.memoryBytes }),
      ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    }));
    const scene = setScene(world, { hosts: plans, ...(poolName === undefined ? {} : { poolName }) });
    const listeners = await listen(world, scene, addresses, options.port ?? 0, tls);
    world.scheme = tls === undefined ? 'http' : 'https';
    world.port = listeners[0]?.port ?? 0;
    return new Simulator(world, scene, credentials, listeners, tls === undefined ? 'http' : 'https');
  }

  /** Of the host, counted from 0. */
  url(host = 0): string {
    return `${this.#scheme}://${this.address(host)}:${this.port}`;
  }

  address(host = 0): string {
    return this.#listener(host).address;
  }

  get port(): number {
    return this.#listener(0).port;
  }

  host(index = 0): Ref {
    return this.scene.hosts[index] ?? '';
  }

  /** The host answers nothing any more; what runs on it is as the pool last knew it. */
  async takeDown(host: number): Promise<void> {
    await this.#listener(host).down();
  }

  async bringUp(host: number): Promise<void> {
    await this.#listener(host).up();
  }

  /** Another host is the master from now on: connections break, sessions are over, and the old master says who the new one is. */
  changeMaster(host: number): void {
    this.world.changeMaster(this.host(host));
  }

  /** As `xe-toolstack-restart`: VMs run on; tasks, sessions and connections are gone. */
  restartToolstack(): void {
    this.world.restartToolstack();
  }

  /** The power of a host fails: the pool goes on saying that its VMs run, until it counts the host as dead. */
  async loseHost(host: number, counted: 'StillLive' | 'Dead' = 'Dead'): Promise<void> {
    const { store } = this.world;
    if (counted === 'Dead') store.update('host_metrics', store.get('host', this.host(host)).metrics, { live: false });
    await this.takeDown(host);
  }

  killSessions(): void {
    this.world.sessions.endAll();
    this.world.feed.wakeAll();
  }

  breakConnections(): void {
    for (const listener of this.#listeners) listener.breakConnections();
  }

  async stop(): Promise<void> {
    this.world.tasks.forgetAll(failure('INTERNAL_ERROR', 'the simulator stops'));
    await Promise.all(this.#listeners.map(async (listener) => listener.down()));
  }

  #listener(host: number): Listener {
    const listener = this.#listeners[host];
    if (listener === undefined) throw new RangeError(`there is no host ${host}`);
    return listener;
  }
}

/** All at one port, as a redirect to the master keeps the port. */
async function listen(world: World, { hosts }: Scene, addresses: readonly string[], port: number, tls?: Tls): Promise<readonly Listener[]> {
  for (let attempt = 1; ; attempt += 1) {
    const up: Listener[] = [];
    try {
      for (const [index, address] of addresses.entries()) {
        const routes = routesOf(world, () => hosts[index] ?? '');
        const listener = new Listener(address, up[0]?.port ?? port, routes, tls);
        await listener.up();
        up.push(listener);
      }
      return up;
    } catch (error) {
      await Promise.all(up.map(async (listener) => listener.down()));
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || port !== 0 || attempt === ATTEMPTS) throw error;
    }
  }
}

function following(address: string, by: number): string {
  const parts = address.split('.').map(Number);
  parts[3] = (parts[3] ?? 0) + by;
  return parts.join('.');
}
