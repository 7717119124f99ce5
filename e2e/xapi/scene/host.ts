/** A host with its processors, its network card and its control domain. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import { dateTime } from '../wire/date-time.ts';
import type { World } from '../world/world.ts';
import type { Networks } from './networks.ts';

const GIB = 1024 ** 3;

export interface HostPlan {
  readonly name: string;
  readonly address: string;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  readonly localBytes?: number;
}

/** What the control domain and the hypervisor keep for themselves. */
export const CONTROL_DOMAIN_BYTES = 2 * GIB;

const MODEL = {
  vendor: 'GenuineIntel',
  speed: '2400',
  modelname: 'Simulated CPU @ 2.40GHz',
  family: '6',
  model: '85',
  stepping: '4',
  flags: 'fpu vmx lm',
  features: '',
  features_pv: '',
  features_hvm: '',
};

export function addHost(world: World, networks: Networks, plan: HostPlan, index: number): Ref {
  const { store, dateTime: now } = world;
  const { name, address, memoryBytes = 64 * GIB, cpus = 16 } = plan;
  const metrics = store.create('host_metrics', {
    memory_total: memoryBytes,
    memory_free: memoryBytes - CONTROL_DOMAIN_BYTES,
    live: true,
    last_updated: now,
  });
  const host = store.create('host', {
    name_label: name,
    hostname: name,
    address,
    enabled: true,
    metrics,
    API_version_major: 2,
    API_version_minor: 21,
    API_version_vendor: 'XenSource',
    software_version: {
      product_brand: 'XCP-ng',
      product_version: '8.3.0',
      product_version_text: '8.3',
      platform_name: 'XCP',
      platform_version: '3.4.0',
      xapi: '24.19',
      xapi_build: '24.19.2',
      xen: '4.17.5',
      linux: '4.19.0',
      build_number: 'cloud',
      hostname: 'localhost',
      dbv: '0.0.1',
    },
    capabilities: ['xen-3.0-x86_64', 'hvm-3.0-x86_32', 'hvm-3.0-x86_64'],
    cpu_info: { cpu_count: String(cpus), socket_count: '1', threads_per_core: '1', ...MODEL },
    cpu_configuration: {},
    other_config: { agent_start_time: `${Math.floor(world.now() / 1_000)}.`, boot_time: `${Math.floor(world.now() / 1_000)}.` },
    edition: 'xcp-ng',
    license_params: { restrict_vif_filtering: 'false' },
    sched_policy: 'credit',
    supported_bootloaders: ['pygrub', 'eliloader'],
    virtual_hardware_platform_versions: [0, 1, 2],
    tls_verification_enabled: true,
    iscsi_iqn: `iqn.2026-11.test.lab:${name}`,
    last_software_update: dateTime(0),
  });
  for (let number = 0; number < cpus; number += 1) store.create('host_cpu', { host, number, ...numbers(MODEL) });
  addNetworkCard(world, networks, host, plan, index);
  const controlMetrics = store.create('VM_metrics', {
    memory_actual: CONTROL_DOMAIN_BYTES,
    VCPUs_number: Math.min(4, cpus),
    start_time: now,
    last_updated: now,
  });
  const controlDomain = store.create('VM', {
    name_label: `Control domain on host: ${name}`,
    is_control_domain: true,
    power_state: 'Running',
    resident_on: host,
    affinity: host,
    domid: 0,
    domain_type: 'pv',
    domarch: 'x86_64',
    metrics: controlMetrics,
    memory_target: CONTROL_DOMAIN_BYTES,
    memory_static_max: CONTROL_DOMAIN_BYTES,
    memory_dynamic_max: CONTROL_DOMAIN_BYTES,
    memory_dynamic_min: CONTROL_DOMAIN_BYTES,
    memory_static_min: CONTROL_DOMAIN_BYTES,
    VCPUs_max: Math.min(4, cpus),
    VCPUs_at_startup: Math.min(4, cpus),
    actions_after_shutdown: 'destroy',
    actions_after_reboot: 'destroy',
    actions_after_crash: 'destroy',
    other_config: { storage_driver_domain: 'OpaqueRef:NULL' },
  });
  store.update('host', host, { control_domain: controlDomain });
  return host;
}

function addNetworkCard({ store, dateTime: now }: World, networks: Networks, host: Ref, { address }: HostPlan, index: number): void {
  const mac = `00:16:3e:00:00:${(index + 1).toString(16).padStart(2, '0')}`;
  const metrics = store.create('PIF_metrics', {
    carrier: true,
    speed: 10_000,
    duplex: true,
    vendor_name: 'Simulated',
    device_name: 'Network card',
    last_updated: now,
  });
  store.create('PIF', {
    device: 'eth0',
    network: networks.management,
    host,
    MAC: mac,
    MTU: 1_500,
    VLAN: -1,
    metrics,
    physical: true,
    currently_attached: true,
    management: true,
    ip_configuration_mode: 'Static',
    IP: address,
    netmask: '255.0.0.0',
    gateway: '127.0.0.1',
    ipv6_configuration_mode: 'None',
  });
}

function numbers({ vendor, modelname, stepping, flags, features, speed, family, model }: typeof MODEL) {
  return { vendor, modelname, stepping, flags, features, speed: Number(speed), family: Number(family), model: Number(model) };
}
