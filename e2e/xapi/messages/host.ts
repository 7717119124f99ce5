/** Hosts, and the pool that they make. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { SomeHandlers } from '../rpc/handler.ts';
import { methodNames } from '../rpc/methods.ts';
import { failure } from '../wire/failure.ts';
import { chooseHost, possibleHosts, refreshFreeMemory, vacate } from '../world/domain.ts';
import type { World } from '../world/world.ts';
import { callPlugin } from './plugin.ts';

const guestsOn = ({ store }: World, host: Ref) =>
  store.get('host', host).resident_VMs.filter((vm) => !store.get('VM', vm).is_control_domain);

/** Why VMs cannot leave the host, by VM. */
function stuck(world: World, host: Ref): Readonly<Record<Ref, readonly string[]>> {
  const found: Record<Ref, readonly string[]> = {};
  for (const vm of guestsOn(world, host)) {
    if (!world.guests.hasTools(world.store.get('VM', vm))) found[vm] = ['VM_LACKS_FEATURE', vm];
    else if (possibleHosts(world, vm).every((one) => one === host)) found[vm] = ['NO_HOSTS_AVAILABLE'];
  }
  return found;
}

function assertCanEvacuate(world: World, host: Ref): void {
  const reasons = Object.values(stuck(world, host)).map((parts) => parts.join(','));
  if (reasons.length > 0) throw failure('CANNOT_EVACUATE_HOST', reasons.join('|'));
}

/** The network card by which the host is managed. */
function managementCard({ store }: World, host: Ref): Ref {
  const card = store.get('host', host).PIFs.find((pif) => store.get('PIF', pif).management);
  if (card === undefined) throw failure('HOST_IN_USE', host, 'PIF', '');
  return card;
}

/** The reset of a card or the loss of a host: what ran there does not run. */
export function loseHost(world: World, host: Ref): void {
  const { store } = world;
  for (const vm of guestsOn(world, host)) vacate(world, vm, 'Halted');
  store.update('host_metrics', store.get('host', host).metrics, { live: false });
  store.update('host', host, { enabled: false });
}

export const hostHandlers = {
  'host.enable': ({ world: { store } }, { host }) => {
    if (!store.get('host_metrics', store.get('host', host).metrics).live) throw failure('HOST_NOT_LIVE');
    store.update('host', host, { enabled: true });
  },
  'host.disable': ({ world: { store } }, { host }) => store.update('host', host, { enabled: false }),
  'host.reboot': async ({ world, task }, { host }) => {
    if (world.store.get('host', host).enabled) throw failure('HOST_NOT_DISABLED');
    if (guestsOn(world, host).length > 0) throw failure('HOST_HAS_RESIDENT_VMS', host);
    await world.work('host.reboot', task);
    world.store.update('host', host, { enabled: true });
  },
  'host.shutdown': async ({ world, task }, { host }) => {
    if (world.store.get('host', host).enabled) throw failure('HOST_NOT_DISABLED');
    if (guestsOn(world, host).length > 0) throw failure('HOST_HAS_RESIDENT_VMS', host);
    await world.work('host.shutdown', task);
    world.store.update('host_metrics', world.store.get('host', host).metrics, { live: false });
  },
  'host.declare_dead': ({ world }, { host }) => {
    if (host === world.pool.master) throw failure('OPERATION_NOT_ALLOWED', 'the master is not dead');
    loseHost(world, host);
  },
  'host.evacuate': async ({ world, task }, { host }) => {
    assertCanEvacuate(world, host);
    world.store.update('host', host, { enabled: false });
    for (const vm of guestsOn(world, host)) {
      await world.work('VM.pool_migrate', task);
      const target = chooseHost(world, vm);
      world.store.update('VM', vm, { resident_on: target, domid: world.nextDomain() });
      for (const one of [host, target]) refreshFreeMemory(world, one);
    }
  },
  'host.assert_can_evacuate': ({ world }, { host }) => assertCanEvacuate(world, host),
  'host.get_vms_which_prevent_evacuation': ({ world }, { self }) => stuck(world, self),
  'host.restart_agent': ({ world }) => {
    setTimeout(() => world.restartToolstack(), 10);
  },
  'host.get_servertime': ({ world }) => world.dateTime,
  'host.get_server_localtime': ({ world }) => world.dateTime,
  'host.call_plugin': ({ world }, { host, plugin, fn, args }) => {
    world.store.get('host', host);
    return callPlugin(world, plugin, fn, args);
  },
  'host.has_extension': () => false,
  'host.call_extension': (_call, { call }) => {
    throw failure('MESSAGE_METHOD_UNKNOWN', call);
  },
  'host.compute_free_memory': ({ world: { store } }, { host }) => store.get('host_metrics', store.get('host', host).metrics).memory_free,
  'host.compute_memory_overhead': () => 0,
  'host.migrate_receive': ({ world, session }, { host, network }) => {
    const { address } = world.store.get('host', host);
    world.store.get('network', network);
    const url = `${world.scheme}://${world.authority(address)}`;
    return {
      session_id: session,
      host,
      SM: `${url}/services/SM?session_id=${session}`,
      xenops: `${url}/services/xenops?session_id=${session}`,
      master: url,
    };
  },
  'host.get_management_interface': ({ world }, { host }) => managementCard(world, host),
  'host.list_methods': () => methodNames(),
} as const satisfies SomeHandlers;
