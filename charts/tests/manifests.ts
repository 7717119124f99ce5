/** Good and bad objects of every kind: one row a manifest, and what the API server says to it. */
import { actionCreations } from './action-manifests.ts';
import { hardware } from './hardware-manifests.ts';
import { images } from './image-manifests.ts';
import type { KindName } from './kind-names.ts';
import { pools, xenHypervisors, xenPool } from './pool-manifests.ts';
import { backups, snapshots } from './snapshot-manifests.ts';
import { stores } from './store-manifests.ts';

export type { KindName } from './kind-names.ts';

export type Spec = Readonly<Record<string, unknown>>;

const SHA256 = '0'.repeat(64);
export const MAC = '52:54:00:00:00:01';
export const source = { format: 'qcow2', http: { url: 'https://images.example.com/disk.qcow2' }, checksum: { sha256: SHA256 } };
const libvirt = { uri: 'qemu+tls://host-a.example.com/system' };
export const data = { name: 'data', volumeName: 'data' };
const offered = { name: 'payroll', disk: 'unit:0:0:1', namespace: 'team-a' };
export const passphrase = { passphraseSecretKeyRef: { name: 'vault', key: 'passphrase' } };
export const eth0 = { name: 'eth0', networkName: 'lab' };

/** The least that is accepted, nearly. */
export const valid: Readonly<Record<KindName, Spec>> = {
  Instance: { flavorName: 'tiny', imageName: 'demo' },
  InstanceAction: { instanceName: 'demo', action: 'Start' },
  InstanceSnapshot: { instanceName: 'demo' },
  BackupSchedule: { instanceName: 'demo', schedule: '0 3 * * *' },
  Flavor: { vcpus: 1, memory: '16Mi', rootDisk: '16Mi', ephemeralDisk: 0 },
  Image: { sources: [source] },
  ImageStore: { http: { url: 'https://store.example.com/hostler' } },
  Network: { hostNetwork: 'lab' },
  Volume: { size: '1Gi' },
  Hypervisor: { driver: 'libvirt', libvirt },
  HypervisorPool: { xen: xenPool },
};

export interface Creation {
  readonly kind: KindName;
  readonly what: string;
  readonly spec: Spec;
  readonly metadata?: { readonly name: string };
  /** Part of the message; absent: accepted. */
  readonly refusal?: string;
}

const creation =
  (kind: KindName) =>
  (what: string, change: Spec, refusal?: string): Creation => ({
    kind,
    what: `${refusal === undefined ? 'accepted' : 'refused'}: ${what}`,
    spec: Object.fromEntries(Object.entries({ ...valid[kind], ...change }).filter(([, value]) => value !== undefined)),
    ...(refusal !== undefined && { refusal }),
  });

const instance = creation('Instance');
const flavor = creation('Flavor');
const image = creation('Image');
const network = creation('Network');
const volume = creation('Volume');
const hypervisor = creation('Hypervisor');

const selecting = (expression: object) => ({ hypervisorSelector: { matchExpressions: [{ key: 'zone', ...expression }] } });
const many = <T>(length: number, item: (index: number) => T): readonly T[] => Array.from({ length }, (_, index) => item(index));

export const creations: readonly Creation[] = [
  instance('only a flavor and an image', {}),
  instance('everything', {
    powerState: 'Suspended',
    restartPolicy: 'Never',
    networks: [
      { ...eth0, addresses: ['192.0.2.5', '2001:db8::5'] },
      { name: 'eth1', networkName: 'wan', macAddress: MAC },
    ],
    storage: { pool: 'fast' },
    hostname: 'Web-1.example.com',
    userData: { secretKeyRef: { name: 'cloud-init', key: 'user-data' } },
    vendorData: { secretKeyRef: { name: 'cloud-init', key: 'vendor-data' } },
    files: [
      { path: '/etc/motd', text: 'hello', mode: '0644', owner: 'root:root' },
      { path: '/etc/..data/.x', base64: 'AP8=', owner: '1000' },
      { path: '/etc/key', secretKeyRef: { name: 'files', key: 'key' }, mode: '600' },
    ],
    sshAuthorizedKeys: ['ssh-ed25519 AAAA me@example.com'],
    guestAgent: 'Enabled',
    metadata: { role: 'web', empty: '' },
    placement: {
      hypervisorName: 'host-a',
      hypervisorSelector: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] },
      onHostFailure: 'Stay',
    },
    shutdownTimeout: '1m30s',
    reconcilePolicy: 'DryRun',
    deletionPolicy: 'Retain',
    deletionProtection: true,
    adopt: { machineId: '6f1d0b0e-0000-4000-8000-000000000001' },
  }),
  instance('put away', { lifecycle: { state: 'SoftDeleted', reclaimAfter: '72h' } }),
  instance('shelved', { lifecycle: { state: 'Shelved', offloadAfter: '24h' } }),
  instance('shelved for no time', { lifecycle: { state: 'Shelved', offloadAfter: 'soon' } }, 'spec.lifecycle.offloadAfter'),
  instance('an unheard-of lifecycle', { lifecycle: { state: 'Gone' } }, 'supported values: "Active", "Shelved", "SoftDeleted"'),
  instance('a lifecycle without a state', { lifecycle: { reclaimAfter: '1h' } }, 'spec.lifecycle.state: Required value'),
  instance('a rescue', { rescue: { imageName: 'r', passwordSecretKeyRef: { name: 'p', key: 'k' }, timeout: '2h' } }),
  instance('a rescue without an image', { rescue: {} }, 'spec.rescue.imageName: Required value'),
  instance('a rescue for some time', { rescue: { imageName: 'r', timeout: '2' } }, 'spec.rescue.timeout in body should match'),
  instance('a lock', { lock: { reason: 'audit' } }),
  instance('a lock without a reason', { lock: {} }, 'spec.lock.reason: Required value'),
  instance('a lock with an empty reason', { lock: { reason: '' } }, 'spec.lock.reason in body should be at least 1 chars long'),
  instance('two volumes', { volumes: [data, { name: 'log', volumeName: 'log', readOnly: true }] }),
  instance('two volumes of one name', { volumes: [data, data] }, 'spec.volumes[1]: Duplicate value'),
  instance('one Volume twice', { volumes: [data, { name: 'again', volumeName: 'data' }] }, 'a Volume can be named once'),
  instance('16 volumes', { volumes: many(16, (index) => ({ name: `v${index}`, volumeName: `v${index}` })) }),
  instance('17 volumes', { volumes: many(17, (index) => ({ name: `v${index}`, volumeName: `v${index}` })) }, 'must have at most 16 items'),
  instance('a resize that confirms itself', { resize: { confirm: 'Automatic', confirmAfter: '24h' } }),
  instance('a resize that is confirmed by hand', { resize: { confirm: 'Manual' } }),
  instance('a resize that nobody says how to confirm', { resize: {} }, 'spec.resize.confirm: Required value'),
  instance('a time for a confirmation by hand', { resize: { confirm: 'Manual', confirmAfter: '1h' } }, 'confirmAfter is of an automatic'),
  instance('no flavor', { flavorName: undefined }, 'spec.flavorName: Required value'),
  instance('no image', { imageName: undefined }, 'set one of imageName and rootVolume'),
  instance('volumes on every bus, with tags', {
    volumes: [
      { ...data, bus: 'SCSI', tag: 'database' },
      { name: 'log', volumeName: 'log', bus: 'SATA', tag: 'log' },
      { name: 'tmp', volumeName: 'tmp', bus: 'Virtio' },
    ],
  }),
  instance('a volume on USB', { volumes: [{ ...data, bus: 'USB' }] }, 'supported values: "Virtio", "SCSI", "SATA"'),
  instance('a volume on SATA to read', { volumes: [{ ...data, bus: 'SATA', readOnly: true }] }, 'a volume on SATA cannot be readOnly'),
  instance('a volume with a long tag', { volumes: [{ ...data, tag: 'x'.repeat(61) }] }, 'may not be more than 60 bytes'),
  instance('a root Volume', { imageName: undefined, rootVolume: { volumeName: 'disk', deleteOnTermination: true }, volumes: [data] }),
  instance('a root Volume and an image', { rootVolume: { volumeName: 'disk' } }, 'set one of imageName and rootVolume'),
  instance('a root Volume without a name', { imageName: undefined, rootVolume: {} }, 'spec.rootVolume.volumeName: Required value'),
  instance(
    'a root Volume among its volumes',
    { imageName: undefined, rootVolume: { volumeName: 'data' }, volumes: [data] },
    'the Volume of the root disk cannot be in volumes, too',
  ),
  instance('a field that is not there', { flavor: 'tiny' }, 'unknown field "spec.flavor"'),
  instance('a flavor that no name could be', { flavorName: 'Tiny_1' }, 'spec.flavorName in body should match'),
  instance('an unheard-of power state', { powerState: 'Halted' }, 'supported values: "Running", "Stopped", "Paused", "Suspended"'),
  instance('a power state in lower case', { powerState: 'running' }, 'spec.powerState: Unsupported value'),
  instance('two interfaces of one name', { networks: [eth0, eth0] }, 'spec.networks[1]: Duplicate value'),
  instance('a nameless interface', { networks: [{ networkName: 'lab' }] }, 'spec.networks[0].name: Required value'),
  instance('a multicast MAC address', { networks: [{ ...eth0, macAddress: '53:54:00:00:00:01' }] }, 'spec.networks[0].macAddress'),
  instance('a MAC address in capitals', { networks: [{ ...eth0, macAddress: '52:54:00:00:00:AA' }] }, 'spec.networks[0].macAddress'),
  instance('32 interfaces', { networks: many(32, (index) => ({ ...eth0, name: `eth${index}` })) }),
  instance('33 interfaces', { networks: many(33, (index) => ({ ...eth0, name: `eth${index}` })) }, 'must have at most 32 items'),
  instance('no time to shut down', { shutdownTimeout: '0s' }),
  instance('a time-out without unit', { shutdownTimeout: '30' }, 'spec.shutdownTimeout in body should match'),
  instance('a time-out below nothing', { shutdownTimeout: '-5s' }, 'spec.shutdownTimeout in body should match'),
  instance('a time-out of ten years', { shutdownTimeout: '87600h' }),
  instance('a time-out of more', { shutdownTimeout: '87600h1ms' }, 'must be at most 87600h'),
  instance('a time-out beyond all counting', { shutdownTimeout: '999999999h999999999h' }, 'must be at most 87600h'),
  instance('the same key twice', { sshAuthorizedKeys: ['a', 'a'] }, 'spec.sshAuthorizedKeys[1]: Duplicate value'),
  instance('metadata without a key', { metadata: { '': 'x' } }, 'keys must be 1 to 255 characters long'),
  instance('metadata of a long key', { metadata: { ['k'.repeat(256)]: 'x' } }, 'keys must be 1 to 255 characters long'),
  instance('metadata of a long value', { metadata: { key: 'x'.repeat(256) } }, 'may not be more than 255 bytes'),
  instance('128 entries of metadata', { metadata: Object.fromEntries(many(128, (index) => [`k${index}`, 'x'])) }),
  instance(
    '129 entries of metadata',
    { metadata: Object.fromEntries(many(129, (index) => [`k${index}`, 'x'])) },
    'must have at most 128 items',
  ),
  instance('user data inline', { userData: { text: '#cloud-config' } }, 'unknown field "spec.userData.text"'),
  instance('user data of another namespace', { userData: { secretKeyRef: { name: 'a', key: 'b', namespace: 'c' } } }, 'unknown field'),
  instance('a guest agent that is perhaps asked', { guestAgent: 'Maybe' }, 'spec.guestAgent: Unsupported value'),
  instance('an address with a prefix', { networks: [{ ...eth0, addresses: ['192.0.2.5/24'] }] }, 'addresses must be IP addresses'),
  instance('a host name with a label too long', { hostname: 'a'.repeat(64) }, 'spec.hostname in body should match'),
  instance('a relative file', { files: [{ path: 'etc/motd', text: '' }] }, 'spec.files[0].path in body should match'),
  instance('a file that climbs', { files: [{ path: '/etc/../root', text: '' }] }, 'spec.files[0].path in body should match'),
  instance('a file that is a folder', { files: [{ path: '/etc/', text: '' }] }, 'spec.files[0].path in body should match'),
  instance('a file path of dots', { files: [{ path: '/etc/./x', text: '' }] }, 'spec.files[0].path in body should match'),
  instance('a line break in a path', { files: [{ path: '/etc/a\nb', text: '' }] }, 'spec.files[0].path in body should match'),
  instance('one file twice', { files: many(2, () => ({ path: '/a', text: '' })) }, 'spec.files[1]: Duplicate value'),
  instance('a file without content', { files: [{ path: '/a' }] }, 'set exactly one of text, base64 and secretKeyRef'),
  instance(
    'a file with two contents',
    { files: [{ path: '/a', text: '', base64: '' }] },
    'set exactly one of text, base64 and secretKeyRef',
  ),
  instance('base64 that is none', { files: [{ path: '/a', base64: 'AP8' }] }, 'spec.files[0].base64 in body should match'),
  instance('the longest text', { files: [{ path: '/a', text: 'x'.repeat(16_384) }] }),
  instance('a text too long', { files: [{ path: '/a', text: 'x'.repeat(16_385) }] }, 'may not be more than 16384'),
  instance('a mode that is none', { files: [{ path: '/a', text: '', mode: '0888' }] }, 'spec.files[0].mode in body should match'),
  instance('an owner with a blank', { files: [{ path: '/a', text: '', owner: 'a b' }] }, 'spec.files[0].owner in body should match'),
  instance('64 files', { files: many(64, (index) => ({ path: `/${index}`, text: '' })) }),
  instance('65 files', { files: many(65, (index) => ({ path: `/${index}`, text: '' })) }, 'must have at most 64 items'),
  instance('a host name with a blank', { hostname: 'my host' }, 'spec.hostname in body should match'),
  instance('a selector without values', { placement: selecting({ operator: 'In' }) }, 'values are for In and NotIn'),
  instance(
    'a selector with values too many',
    { placement: selecting({ operator: 'Exists', values: ['a'] }) },
    'values are for In and NotIn',
  ),
  instance('a selector by presence', { placement: selecting({ operator: 'DoesNotExist' }) }),
  instance('an adoption of nothing', { adopt: {} }, 'spec.adopt.machineId: Required value'),
  ...hardware.map(([what, spec, refusal]) => instance(what, spec, refusal)),
  { ...instance('a name of 253 characters', {}), metadata: { name: many(127, () => 'a').join('.') } },

  ...actionCreations(creation('InstanceAction')),
  ...snapshots.map(([what, spec, refusal]) => creation('InstanceSnapshot')(what, spec, refusal)),
  ...backups.map(([what, spec, refusal]) => creation('BackupSchedule')(what, spec, refusal)),
  ...stores.map(([what, spec, refusal]) => creation('ImageStore')(what, spec, refusal)),

  flavor('quantities of each form', { memory: '1.5Gi', rootDisk: 1048576, ephemeralDisk: '2G', swap: '0' }),
  flavor('the disk of the image', { rootDisk: undefined, ephemeralDisk: undefined }),
  flavor('room for more', { maxVcpus: 8, maxMemory: '1Ti' }),
  flavor('a maximum that is no room', { vcpus: 2, memory: '1Gi', maxVcpus: 2, maxMemory: '1024Mi' }),
  flavor('fewer CPUs at most', { vcpus: 2, maxVcpus: 1 }, 'maxVcpus must be at least vcpus'),
  flavor('less memory at most', { memory: '1Gi', maxMemory: '1023Mi' }, 'maxMemory must be at least memory'),
  flavor('no CPUs', { vcpus: 0 }, 'spec.vcpus in body should be greater than or equal to 1'),
  flavor('half a CPU', { vcpus: 1.5 }, 'spec.vcpus'),
  flavor('too little memory', { memory: '1023Ki' }, 'spec.memory: Invalid value: "1023Ki": memory must be at least 1Mi'),
  flavor('memory in bare bytes that is too little', { memory: 1048575 }, 'memory must be at least 1Mi'),
  flavor('memory of a wrong unit', { memory: '16MB' }, 'spec.memory in body should match'),
  flavor('memory in thousandths', { memory: '16000m' }, 'spec.memory in body should match'),
  flavor('a negative disk', { rootDisk: -1 }, 'spec.rootDisk in body should be greater than or equal to 0'),
  flavor('a disk in floating point', { rootDisk: 1.5 }, 'spec.rootDisk'),
  flavor('a disk written exponentially', { rootDisk: '1e9' }, 'spec.rootDisk in body should match'),

  image('two formats', { sources: [source, { ...source, format: 'raw' }], properties: { shutdownTimeout: '2m' } }),
  image('what guests are told, and how', {
    properties: { os: 'Windows', configDrive: { layout: 'Sysprep', format: 'iso9660', device: 'CDROM' } },
  }),
  image('cloud-init alone', { properties: { configDrive: { layout: 'NoCloud', format: 'vfat', device: 'Disk' } } }),
  image(
    'a CDROM with another file system',
    { properties: { configDrive: { format: 'vfat', device: 'CDROM' } } },
    'a CDROM is of format iso9660',
  ),
  image(
    'an answer file on a disk',
    { properties: { configDrive: { layout: 'Sysprep', device: 'Disk' } } },
    'Windows Setup looks for its answer file on a CDROM',
  ),
  image(
    'an unheard-of layout',
    { properties: { configDrive: { layout: 'EC2' } } },
    'spec.properties.configDrive.layout: Unsupported value',
  ),
  image('what a snapshot copied', { sources: [{ ...source, http: undefined, snapshot: { name: 'nightly' } }] }),
  image('two places to come from', { sources: [{ ...source, snapshot: { name: 'nightly' } }] }, 'one of http, oci, upload and snapshot'),
  image('no place to come from', { sources: [{ ...source, http: undefined }] }, 'one of http, oci, upload and snapshot'),
  ...images.map((row) => image(...row)),
  image('no source', { sources: [] }, 'spec.sources in body should have at least 1 items'),
  image('no checksum', { sources: [{ ...source, checksum: undefined }] }, 'what is fetched needs its checksum'),
  image('a checksum that is too short', { sources: [{ ...source, checksum: { sha256: 'abc' } }] }, 'spec.sources[0].checksum.sha256'),
  image(
    'a file of the operator as its source',
    { sources: [{ ...source, http: { url: 'file:///etc/passwd' } }] },
    'spec.sources[0].http.url',
  ),
  image('a password in its URL', { sources: [{ ...source, http: { url: 'https://me:secret@example.com/' } }] }, 'spec.sources[0].http.url'),
  image('a blank in its URL', { sources: [{ ...source, http: { url: 'https://example.com/a b' } }] }, 'spec.sources[0].http.url'),
  image('an unheard-of format', { sources: [{ ...source, format: 'vmdk' }] }, 'spec.sources[0].format: Unsupported value'),

  network('subnets of both families', {
    subnets: [
      { cidr: '192.0.2.0/24', gateway: '192.0.2.1' },
      { cidr: '2001:db8::/64', gateway: '2001:db8::1' },
    ],
    dns: ['192.0.2.53', '2001:db8::53'],
  }),
  network('routes and an MTU', {
    mtu: 9000,
    subnets: [{ cidr: '192.0.2.0/24', routes: [{ destination: '198.51.100.0/24', gateway: '192.0.2.9' }] }],
  }),
  network('an MTU too small', { mtu: 100 }, 'spec.mtu in body should be greater than or equal to 576'),
  network(
    'a route to host bits',
    { subnets: [{ cidr: '192.0.2.0/24', routes: [{ destination: '198.51.100.1/24', gateway: '192.0.2.9' }] }] },
    'destination must be a range of addresses without host bits',
  ),
  network(
    'a route by a name',
    { subnets: [{ cidr: '192.0.2.0/24', routes: [{ destination: '198.51.100.0/24', gateway: 'router' }] }] },
    'gateway must be an IP address',
  ),
  network(
    'a route into the other family',
    { subnets: [{ cidr: '192.0.2.0/24', routes: [{ destination: '2001:db8::/64', gateway: '192.0.2.9' }] }] },
    'gateway and destination must be of one family',
  ),
  network('a bridge', { bridge: 'br0' }, 'unknown field "spec.bridge"'),
  network('a subnet that is none', { subnets: [{ cidr: 'lab' }] }, 'cidr must be a range of addresses without host bits'),
  network('a subnet with host bits', { subnets: [{ cidr: '192.0.2.1/24' }] }, 'cidr must be a range of addresses without host bits'),
  network('a gateway elsewhere', { subnets: [{ cidr: '192.0.2.0/24', gateway: '192.0.3.1' }] }, 'gateway must be an address within cidr'),
  network(
    'a gateway that is no address',
    { subnets: [{ cidr: '192.0.2.0/24', gateway: 'router' }] },
    'gateway must be an address within cidr',
  ),
  network('the same subnet twice', { subnets: [{ cidr: '192.0.2.0/24' }, { cidr: '192.0.2.0/24' }] }, 'spec.subnets[1]: Duplicate value'),
  network('a name server by name', { dns: ['dns.example.com'] }, 'dns must be IP addresses'),

  volume('a size alone', {}),
  volume('every field', { imageName: 'demo', hypervisorName: 'host-a', pool: 'fast', deletionPolicy: 'Retain' }),
  volume('a copy', { sourceVolumeName: 'data', pool: 'fast' }),
  volume('a copy of an image, too', { sourceVolumeName: 'data', imageName: 'demo' }, 'not with both'),
  volume('an encrypted copy', { sourceVolumeName: 'data', encryption: passphrase }, 'an encrypted Volume begins blank'),
  volume('a copy for many writers', { sourceVolumeName: 'data', accessMode: 'ReadWriteMany' }, 'begins blank'),
  volume('a passphrase', { encryption: passphrase }),
  volume('a passphrase and an image', { encryption: passphrase, imageName: 'demo' }, 'an encrypted Volume begins blank'),
  volume('many writers', { accessMode: 'ReadWriteMany' }),
  volume('many writers of an image', { accessMode: 'ReadWriteMany', imageName: 'demo' }, 'begins blank'),
  volume('no size', { size: undefined }, 'set exactly one of size and existing'),
  volume('an existing disk', { size: undefined, existing: 'payroll', pool: 'san', deletionPolicy: 'Retain' }),
  volume('an existing disk of a size', { existing: 'payroll' }, 'set exactly one of size and existing'),
  volume('an existing disk to delete', { size: undefined, existing: 'payroll', deletionPolicy: 'Delete' }, 'its disk is never deleted'),
  volume('an existing disk with an image', { size: undefined, existing: 'payroll', imageName: 'demo' }, 'has what is on it'),
  volume('an existing disk with a passphrase', { size: undefined, existing: 'payroll', encryption: passphrase }, 'has what is on it'),
  volume('no room', { size: '1Ki' }, 'size must be at least 1Mi'),
  volume('an unheard-of policy', { deletionPolicy: 'Abandon' }, 'spec.deletionPolicy: Unsupported value'),

  ...pools.map(([what, spec, refusal]) => creation('HypervisorPool')(what, spec, refusal)),
  ...xenHypervisors.map((row) => hypervisor(...row)),
  hypervisor('everything', {
    libvirt: {
      ...libvirt,
      tls: { caSecret: { name: 'libvirt-ca' }, clientSecret: { name: 'libvirt-client' }, serverName: 'host-a' },
      migration: { address: '192.0.2.11' },
    },
    networks: { lab: { network: 'default' }, wan: { bridge: 'br0' } },
    pools: { main: { pool: 'default', sharedId: 'nfs-1' } },
    defaultPool: 'main',
    schedulable: false,
    overcommit: { cpu: '4', memory: '1.5' },
    reserved: { cpu: 1, memory: '1Gi' },
    fence: { at: '2026-01-02T03:04:05Z', by: 'operations' },
    adoptable: [{ machineId: '6f1d0b0e-0000-4000-8000-000000000001', namespace: 'tenant' }],
  }),
  hypervisor('the fake driver', { driver: 'fake', libvirt: undefined, fake: { socket: '/run/hostler/fake.sock' } }),
  hypervisor('a key for SSH', { libvirt: { uri: 'qemu+ssh://root@host-a.example.com/system', ssh: { secret: { name: 'host-a' } } } }),
  hypervisor('an unheard-of driver', { driver: 'vmware' }, 'spec.driver: Unsupported value'),
  hypervisor('no way to reach it', { libvirt: undefined }, 'set libvirt for driver libvirt, and only then'),
  hypervisor('two ways to reach it', { fake: { socket: '/run/fake.sock' } }, 'set fake for driver fake, and only then'),
  hypervisor('a URI that is none', { libvirt: { uri: 'host-a' } }, 'spec.libvirt.uri in body should match'),
  hypervisor('a password in its URI', { libvirt: { uri: 'qemu+tcp://me:secret@host-a/system' } }, 'a password does not belong in the URI'),
  hypervisor(
    'certificates without TLS',
    { libvirt: { uri: 'qemu+tcp://host-a/system', tls: { serverName: 'x' } } },
    'tls is for a URI of transport tls',
  ),
  hypervisor('an SSH key without SSH', { libvirt: { ...libvirt, ssh: { secret: { name: 'x' } } } }, 'ssh is for a URI of transport ssh'),
  hypervisor('an IPv6 address in its URI', { libvirt: { uri: 'qemu+tls://[2001:db8::11]:16514/system' } }),
  hypervisor('a Secret of a namespace', { libvirt: { ...libvirt, tls: { caSecret: { name: 'a', namespace: 'b' } } } }, 'unknown field'),
  hypervisor(
    'a relative socket',
    { driver: 'fake', libvirt: undefined, fake: { socket: 'fake.sock' } },
    'spec.fake.socket in body should match',
  ),
  hypervisor('a network that is nothing', { networks: { lab: {} } }, 'set exactly one of network and bridge'),
  hypervisor('a network that is two things', { networks: { lab: { network: 'a', bridge: 'b' } } }, 'set exactly one of network and bridge'),
  hypervisor('orphans to stop', { orphans: { policy: 'Stop', after: '12h' } }),
  hypervisor('orphans to delete', { orphans: { policy: 'Delete' } }),
  hypervisor('orphans, and no word of what to do', { orphans: {} }, 'spec.orphans.policy: Required value'),
  hypervisor('orphans for an unheard-of end', { orphans: { policy: 'Adopt' } }, 'spec.orphans.policy: Unsupported value'),
  hypervisor('disks that exist', { pools: { san: { pool: 'san', disks: [offered] } } }),
  hypervisor('two disks of one name', { pools: { san: { pool: 'san', disks: [offered, offered] } } }, 'Duplicate value'),
  hypervisor(
    'a disk for everybody',
    { pools: { san: { pool: 'san', disks: [{ name: 'payroll', disk: 'unit:0:0:1' }] } } },
    'namespace: Required value',
  ),
  hypervisor('a key in capitals', { pools: { Main: { pool: 'default' } } }, 'keys must be lower case letters, digits and dashes'),
  hypervisor(
    '65 networks',
    { networks: Object.fromEntries(many(65, (index) => [`n${index}`, { network: 'x' }])) },
    'must have at most 64 items',
  ),
  hypervisor(
    'a default pool that is not there',
    { pools: { main: { pool: 'default' } }, defaultPool: 'fast' },
    'defaultPool must be a key of pools',
  ),
  hypervisor('a default pool and no pools', { defaultPool: 'fast' }, 'defaultPool must be a key of pools'),
  hypervisor('a factor in floating point', { overcommit: { cpu: 1.5 } }, 'spec.overcommit.cpu'),
  hypervisor('a fence of no moment', { fence: { at: 'yesterday', by: 'me' } }, 'spec.fence.at'),
  hypervisor('a fence by nobody', { fence: { at: '2026-01-02T03:04:05Z' } }, 'spec.fence.by: Required value'),
  {
    ...hypervisor('a name of 64 characters', {}, 'the name must be at most 63 characters long'),
    metadata: { name: 'a'.repeat(64) },
  },
];
