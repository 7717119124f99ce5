/** A simulated Xen pool for the conformance cases: calls and the simulator's own hands for what somebody else does there. */
import type { Capability } from '../../drivers/contract.ts';
import type { Harness, HarnessDescription, OutOfBand } from '../../drivers/conformance/harness.ts';
import { xenDrivers } from '../../drivers/xen/drivers.ts';
import type { Ref } from '../../drivers/xen/model/model.ts';
import { dispatch } from '../xapi/rpc/dispatch.ts';
import { vacate } from '../xapi/world/domain.ts';
import { blocksOf } from '../xapi/world/disks.ts';
import { startXenLab, type XenLab } from './xen-lab.ts';

const MiB = 1024 * 1024;
const EXISTING = { pool: 'san', name: 'unit-1', capacityBytes: 8 * MiB };
const NETWORK = 'conformance';

/** Written out again: of a capability that the driver forgot to claim, every case would be skipped if it were asked for them. */
const CAPABILITIES: readonly Capability[] = ['ShutdownSignal', 'Pause', 'SuspendToDisk', 'LiveUpdate', 'LiveCapture'];

export const xenHarness: HarnessDescription = {
  name: 'a host of a Xen pool',
  capabilities: new Set(CAPABILITIES),
  machineIds: 'Given',
  // XAPI changes a definition only while the machine is off, and names of disks are not on the storage itself.
  cannot: ['addCpu', 'copyDisk', 'startAgent', 'hangAgent'],
  lacks: [
    'PowerReasons',
    'RunsWithoutDefinition',
    'CopiesAsQcow2',
    'SataBus',
    'PlugsWhilePaused',
    'devices[rng]',
    'devices[watchdog]',
    'devices[serialPorts]',
    'devices[tpm]',
    'storage[serials]',
    'storage[limits]',
  ],
  start: async (): Promise<Harness> => {
    const lab = await startXenLab();
    const { world, scene } = lab.simulator;
    const san = world.store.create('SR', { name_label: EXISTING.pool, type: 'rawhba', physical_size: 64 * MiB });
    world.store.create('PBD', { host: lab.simulator.host(), SR: san, currently_attached: true });
    const unit = { name_label: EXISTING.name, SR: san, virtual_size: EXISTING.capacityBytes, type: 'user', managed: true } as const;
    world.store.create('VDI', unit);
    world.store.create('network', { name_label: NETWORK, bridge: 'xapi7' });
    const [local = ''] = scene.localSrs;
    return {
      pool: world.store.get('SR', local).name_label,
      network: NETWORK,
      existing: EXISTING,
      memoryBytes: 16 * MiB,
      image: { format: 'raw', content: new Uint8Array(MiB).fill(7), virtualSizeBytes: MiB },
      host: handsOn(lab),
      // Each with a session of its own.
      open: () => xenDrivers().host(lab.host()),
      close: () => lab.stop(),
    };
  },
};

function handsOn({ simulator }: XenLab): OutOfBand {
  const { world } = simulator;
  const { user, password } = simulator.credentials;
  const call = async (method: string, ...args: readonly unknown[]): Promise<unknown> => {
    const { value: session } = await dispatch(world, simulator.host(), 'session.login_with_password', [user, password, '2.21', 'somebody']);
    try {
      return (await dispatch(world, simulator.host(), method, [session, ...args])).value;
    } finally {
      await dispatch(world, simulator.host(), 'session.logout', [session]);
    }
  };
  const refOf = (machineId: string): Ref | undefined => world.store.byUuid('VM', machineId);
  const need = (machineId: string): Ref => {
    const ref = refOf(machineId);
    if (ref === undefined) throw new Error(`there is no machine ${machineId}`);
    return ref;
  };
  const power = (machineId: string): string | undefined => {
    const ref = refOf(machineId);
    return ref && world.store.get('VM', ref).power_state;
  };
  const vdis = (pool: string) => world.store.all('VDI').filter(([, { SR }]) => world.store.get('SR', SR).name_label === pool);
  return {
    makeForeignMachine: async (name) => {
      const ref = (await call('VM.create', foreign(name, simulator.host()))) as Ref;
      return world.store.get('VM', ref).uuid;
    },
    start: async (id) => void (await call('VM.start', need(id), false, false)),
    pause: async (id) => void (await call('VM.pause', need(id))),
    unpause: async (id) => void (await call('VM.unpause', need(id))),
    destroy: async (id) => {
      if (power(id) === 'Running' || power(id) === 'Paused') await call('VM.hard_shutdown', need(id));
    },
    undefine: async (id) => {
      if (power(id) === undefined) return;
      if (power(id) !== 'Halted') await call('VM.hard_shutdown', need(id));
      await call('VM.destroy', need(id));
    },
    addCpu: unable,
    guestShutdown: async (id) => vacate(world, need(id), 'Halted'),
    guestCrash: async (id) => vacate(world, need(id), 'Halted'),
    startAgent: unable,
    hangAgent: unable,
    beginJob: async (id) => {
      const ref = need(id);
      world.store.update('VM', ref, { current_operations: { 'OpaqueRef:job': 'export' } });
      return async () => {
        if (world.store.has('VM', ref)) world.store.update('VM', ref, { current_operations: {} });
      };
    },
    restartDaemon: async () => {
      simulator.restartToolstack();
      const host = simulator.host();
      const { other_config } = world.store.get('host', host);
      const agent_start_time = `${Number(other_config['agent_start_time']) + 1}.`;
      world.store.update('host', host, { other_config: { ...other_config, agent_start_time } });
    },
    breakConnections: async () => simulator.breakConnections(),
    stall: async () => {
      const end = world.faults.add({ method: '*', do: 'Hang', times: Number.MAX_SAFE_INTEGER });
      return async () => end();
    },
    copyDisk: unable,
    readDisk: async ({ pool, name }, bytes) => {
      const [ref = ''] = vdis(pool).find(([, vdi]) => vdi.name_label === name) ?? [];
      return blocksOf(world, ref).read(0, bytes);
    },
    traces: async (pool, text) => vdis(pool).filter(([, vdi]) => vdi.name_label.includes(text)).length,
  };
}

const unable = (): Promise<never> => Promise.reject(new Error('nobody can do this to a Xen host'));

/** As somebody makes one by hand, from nothing. */
const foreign = (name: string, affinity: Ref) => ({
  name_label: name,
  name_description: '',
  user_version: 1,
  is_a_template: false,
  affinity,
  memory_static_max: 16 * MiB,
  memory_dynamic_max: 16 * MiB,
  memory_dynamic_min: 16 * MiB,
  memory_static_min: 16 * MiB,
  VCPUs_params: {},
  VCPUs_max: 1,
  VCPUs_at_startup: 1,
  actions_after_shutdown: 'destroy',
  actions_after_reboot: 'restart',
  actions_after_crash: 'restart',
  PV_bootloader: '',
  PV_kernel: '',
  PV_ramdisk: '',
  PV_args: '',
  PV_bootloader_args: '',
  PV_legacy_args: '',
  HVM_boot_policy: 'BIOS order',
  HVM_boot_params: {},
  platform: {},
  PCI_bus: '',
  other_config: {},
  recommendations: '',
});
