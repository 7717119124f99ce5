/** Storage of a new pool: a local repository on each host, one that all share, and that of the tools' ISO. */
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { Store } from '../store/store.ts';

const TIB = 1024 ** 4;

const CAPABILITIES = [
  'SR_PROBE',
  'SR_UPDATE',
  'VDI_CREATE',
  'VDI_DELETE',
  'VDI_ATTACH',
  'VDI_DETACH',
  'VDI_CLONE',
  'VDI_SNAPSHOT',
  'VDI_RESIZE',
  'VDI_MIRROR',
  'VDI_GENERATE_CONFIG',
  'ATOMIC_PAUSE',
  'VDI_CONFIG_CBT',
  'VDI_ACTIVATE',
  'VDI_DEACTIVATE',
  'VDI_UPDATE',
];

/** Kinds of repositories that a pool knows. */
export const SR_TYPES = ['ext', 'lvm', 'nfs', 'lvmoiscsi', 'lvmohba', 'iso', 'udev', 'dummy'] as const;

/** Those that hosts can share. */
export const SHARED_TYPES: readonly string[] = ['nfs', 'lvmoiscsi', 'lvmohba', 'iso', 'dummy'];

export function addStorageManagers(store: Store): void {
  for (const type of SR_TYPES) {
    const capabilities = type === 'iso' || type === 'udev' ? ['VDI_INTRODUCE', 'VDI_ATTACH', 'VDI_DETACH'] : CAPABILITIES;
    store.create('SM', {
      name_label: type,
      type,
      vendor: 'Hostler',
      version: '1.0',
      required_api_version: '1.0',
      capabilities,
      features: Object.fromEntries(capabilities.map((name) => [name, 1])),
      driver_filename: `/opt/xensource/sm/${type.toUpperCase()}SR`,
      supported_image_formats: type === 'iso' || type === 'udev' ? [] : ['vhd', 'raw'],
    });
  }
}

export function attachSr(store: Store, SR: Ref, host: Ref, deviceConfig: Readonly<Record<string, string>>): Ref {
  return store.create('PBD', { host, SR, device_config: deviceConfig, currently_attached: true });
}

export function addLocalStorage(store: Store, host: Ref, bytes = TIB): Ref {
  const { name_label: name } = store.get('host', host);
  const sr = store.create('SR', { name_label: `Local storage on ${name}`, type: 'ext', content_type: 'user', physical_size: bytes });
  attachSr(store, sr, host, { device: '/dev/sda3' });
  return sr;
}

export function addSharedStorage(store: Store, hosts: readonly Ref[]): Ref {
  const sr = store.create('SR', { name_label: 'Shared storage', type: 'nfs', content_type: 'user', shared: true, physical_size: 16 * TIB });
  for (const host of hosts) attachSr(store, sr, host, { server: '127.0.0.1', serverpath: '/export/vms' });
  const tools = store.create('SR', {
    name_label: 'XCP-ng Tools',
    type: 'iso',
    content_type: 'iso',
    shared: true,
    is_tools_sr: true,
    physical_size: -1,
  });
  for (const host of hosts) attachSr(store, tools, host, { location: '/opt/xensource/packages/iso', legacy_mode: 'true' });
  store.create('VDI', {
    name_label: 'guest-tools.iso',
    SR: tools,
    virtual_size: 64 * 1024 ** 2,
    physical_utilisation: 64 * 1024 ** 2,
    type: 'user',
    read_only: true,
    managed: true,
    is_tools_iso: true,
    location: 'guest-tools.iso',
    sm_config: {},
  });
  return sr;
}
