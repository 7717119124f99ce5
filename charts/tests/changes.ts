/** Changes of good objects: one row a change, and what the API server says to it. */
import { hardwareChanges } from './hardware-manifests.ts';
import { data, eth0, MAC, passphrase, source, valid, type KindName, type Spec } from './manifests.ts';
import { xenHost, xenPool } from './pool-manifests.ts';

export interface Change {
  readonly kind: KindName;
  readonly what: string;
  readonly from: Spec;
  /** Merged into the spec. */
  readonly patch: Spec;
  readonly refusal?: string;
}

const change = (kind: KindName, what: string, from: Spec, patch: Spec, refusal?: string): Change => ({
  kind,
  what: `${refusal === undefined ? 'may' : 'must not'} ${what}`,
  from: { ...valid[kind], ...from },
  patch,
  ...(refusal !== undefined && { refusal }),
});

const MAC_FIXED = 'the MAC address of an interface cannot be changed';
const withMac = { networks: [{ ...eth0, macAddress: MAC }] };

const disk = { volumeName: 'disk' };
const booted = { imageName: undefined, rootVolume: disk };

export const changes: readonly Change[] = [
  change('Instance', 'change its flavor, image and power state', {}, { flavorName: 'big', imageName: 'other', powerState: 'Stopped' }),
  change('Instance', 'go to another network under the same name', withMac, {
    networks: [{ ...eth0, networkName: 'wan', macAddress: MAC }],
  }),
  change('Instance', 'lose an interface', withMac, { networks: [] }),
  change('Instance', 'gain an interface', withMac, {
    networks: [
      { ...eth0, macAddress: MAC },
      { name: 'eth1', networkName: 'lab', macAddress: '52:54:00:00:00:02' },
    ],
  }),
  change('Instance', 'change a MAC address', withMac, { networks: [{ ...eth0, macAddress: '52:54:00:00:00:02' }] }, MAC_FIXED),
  change('Instance', 'drop a MAC address', withMac, { networks: [eth0] }, MAC_FIXED),
  change('Instance', 'set a MAC address later', { networks: [eth0] }, withMac, MAC_FIXED),
  change('Instance', 'lose a volume', { volumes: [data] }, { volumes: [] }),
  change('Instance', 'name another Volume under the same name', { volumes: [data] }, { volumes: [{ name: 'data', volumeName: 'other' }] }),
  change('Instance', 'have a volume to read alone', { volumes: [data] }, { volumes: [{ ...data, readOnly: true }] }, 'only volumeName'),
  change('Instance', 'move a volume to another bus', { volumes: [data] }, { volumes: [{ ...data, bus: 'SCSI' }] }, 'only volumeName'),
  change('Instance', 'be given a root Volume', {}, { imageName: null, rootVolume: disk }, 'an instance keeps its kind of root disk'),
  change('Instance', 'boot from another Volume', booted, { rootVolume: { volumeName: 'other' } }),
  change('Instance', 'keep its root Volume, or not', booted, { rootVolume: { volumeName: 'disk', deleteOnTermination: true } }),
  change('Volume', 'grow', {}, { size: '2Gi' }),
  change('Volume', 'be kept', {}, { deletionPolicy: 'Retain' }),
  change('Volume', 'grow when it is encrypted', { encryption: passphrase }, { size: '2Gi' }, 'an encrypted Volume cannot grow'),
  change('Volume', 'be encrypted later', {}, { encryption: passphrase }, 'encryption cannot be changed'),
  change('Volume', 'shrink', {}, { size: '1Mi' }, 'a Volume cannot shrink'),
  change('Volume', 'move', { hypervisorName: 'host-a' }, { hypervisorName: 'host-b' }, 'hypervisorName cannot be changed'),
  change('Volume', 'begin with another image', { imageName: 'demo' }, { imageName: null }, 'imageName cannot be changed'),
  change('Volume', 'become a copy', {}, { sourceVolumeName: 'data' }, 'sourceVolumeName cannot be changed'),
  change('Volume', 'be given a pool later', {}, { pool: 'fast' }, 'pool cannot be changed'),
  ...hardwareChanges.map(([what, from, patch, refusal]) => change('Instance', what, from, patch, refusal)),
  change('Flavor', 'be changed', {}, { vcpus: 2 }, 'a Flavor cannot be changed'),
  change('Flavor', 'lose a field', {}, { ephemeralDisk: null }, 'a Flavor cannot be changed'),
  change('Flavor', 'be applied again as it is', {}, { vcpus: 1 }),
  change('Image', 'change its sources', {}, { sources: [{ ...source, format: 'raw' }] }),
  change('ImageStore', 'move', {}, { http: { url: 'https://other.example.com/' } }),
  change('ImageStore', 'become a pool', {}, { http: null, sharedPool: { sharedId: 'filer' } }, 'a store stays of its kind'),
  change('ImageStore', 'be another pool', { http: undefined, sharedPool: { sharedId: 'a' } }, { sharedPool: { sharedId: 'b' } }),
  change('Network', 'change its host network', {}, { hostNetwork: 'wan' }),
  change(
    'Hypervisor',
    'change its driver',
    {},
    { driver: 'fake', libvirt: null, fake: { socket: '/run/fake.sock' } },
    'driver cannot be changed',
  ),
  change('Hypervisor', 'change its address', {}, { libvirt: { uri: 'qemu+tls://host-b.example.com/system' } }),
  change('HypervisorPool', 'be reached otherwise', {}, { xen: { ...xenPool, endpoints: ['xen2.example.com'] } }),
  change(
    'Hypervisor',
    'become another host of its pool',
    { driver: 'Xen', libvirt: undefined, xen: xenHost },
    { xen: { ...xenHost, hostUUID: '22222222-2222-4222-8222-222222222222' } },
    'poolName and hostUUID cannot be changed',
  ),
  change('Hypervisor', 'be fenced', {}, { fence: { at: '2026-01-02T03:04:05.678Z', by: 'operations' } }),
  change('InstanceAction', 'be changed', {}, { instanceName: 'other' }, 'an InstanceAction cannot be changed'),
  change('InstanceSnapshot', 'be changed', {}, { mode: 'Cold' }, 'an InstanceSnapshot cannot be changed'),
  change('InstanceAction', 'be given a time to live later', {}, { ttlAfterFinished: '1h' }, 'an InstanceAction cannot be changed'),
];
