/** One host in its pool: what of the pool's objects is its own, and how things there are found by the names that people use. */
import type { MachineInterface } from '../machine-spec.ts';
import { DriverError } from '../labels.ts';
import type { Kept, Objects } from './session/objects.ts';
import type { Pool } from './session/pool.ts';
import type { Rpc } from './session/rpc.ts';

export class Site {
  readonly pool: Pool;
  readonly hostId: string;

  constructor(pool: Pool, hostId: string) {
    this.pool = pool;
    this.hostId = hostId.toLowerCase();
  }

  get rpc(): Rpc {
    return this.pool.rpc;
  }

  get objects(): Objects {
    return this.pool.objects;
  }

  /** Throws `HostUnreachable` where the pool does not know the host, or counts it as dead: nothing is known of it then. */
  host(): Kept<'host'> {
    const host = this.objects.find('host', ({ uuid }) => uuid === this.hostId);
    if (host === undefined) throw new DriverError('HostUnreachable', `the pool has no host ${this.hostId}`, { reason: 'HostNotInPool' });
    if (this.objects.get('host_metrics', host.metrics)?.live === false)
      throw new DriverError('HostUnreachable', `the pool does not reach host ${host.name_label}`, { reason: 'HostNotLive' });
    return host;
  }

  /** Whether `host` finds it. */
  isReachable(): boolean {
    const host = this.objects.find('host', ({ uuid }) => uuid === this.hostId);
    return host !== undefined && this.objects.get('host_metrics', host.metrics)?.live !== false;
  }

  /** Machines on the host; of those that are off, those that were made for it, and on the coordinator those made for none. */
  isHere({ power_state, resident_on, affinity }: Kept<'VM'>): boolean {
    const host = this.host();
    const on = power_state === 'Running' || power_state === 'Paused';
    const home = on && this.objects.get('host', resident_on) ? resident_on : affinity;
    if (this.objects.get('host', home) !== undefined) return home === host.ref;
    return [...this.objects.all('pool')].some(({ master }) => master === host.ref);
  }

  /** Real ones: no templates, snapshots or control domains. */
  machines(): readonly Kept<'VM'>[] {
    return [...this.objects.all('VM')].filter((vm) => isMachine(vm) && this.isHere(vm));
  }

  /** Those that the host has in use. */
  repositories(): readonly Kept<'SR'>[] {
    const host = this.host();
    const plugged = [...this.objects.all('PBD')].filter((pbd) => pbd.host === host.ref && pbd.currently_attached);
    return plugged.flatMap(({ SR }) => this.objects.get('SR', SR) ?? []);
  }

  /** By UUID, or by the name where it is the only one. */
  repository(name: string): Kept<'SR'> {
    const [found, ...others] = named(this.repositories(), name);
    if (found === undefined)
      throw new DriverError('NotFound', `host ${this.host().name_label} uses no storage repository ${name}`, { reason: 'PoolNotFound' });
    if (others.length > 0)
      throw new DriverError(
        'InvalidSpec',
        `host ${this.host().name_label} uses several storage repositories ${name}: name one by its UUID`,
        {
          reason: 'PoolAmbiguous',
        },
      );
    return found;
  }

  /** As `repository` finds it again. */
  nameOf({ uuid, name_label: name }: Kept<'SR'>): string {
    return name !== '' && named(this.repositories(), name).length === 1 ? name : uuid;
  }

  /** By UUID or name; a bridge by the name that the host has for it. */
  network(source: MachineInterface['source']): Kept<'network'> {
    const networks = [...this.objects.all('network')];
    const found = 'bridge' in source ? networks.filter(({ bridge }) => bridge === source.bridge) : named(networks, source.network);
    const [network, ...others] = found;
    const name = 'bridge' in source ? `with bridge ${source.bridge}` : source.network;
    if (network === undefined) throw new DriverError('NotFound', `the pool has no network ${name}`, { reason: 'NetworkNotFound' });
    if (others.length > 0)
      throw new DriverError('InvalidSpec', `the pool has several networks ${name}: name one by its UUID`, { reason: 'NetworkAmbiguous' });
    return network;
  }
}

export const isMachine = ({ is_a_template, is_a_snapshot, is_control_domain }: Kept<'VM'>): boolean =>
  !is_a_template && !is_a_snapshot && !is_control_domain;

function named<T extends { readonly uuid: string; readonly name_label: string }>(objects: readonly T[], name: string): readonly T[] {
  const exact = objects.filter(({ uuid }) => uuid === name.toLowerCase());
  return exact.length > 0 ? exact : objects.filter(({ name_label }) => name_label === name);
}
