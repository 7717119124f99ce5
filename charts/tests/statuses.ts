/** A status of each kind with every field there is: typed as the operator writes it, stored as the API server keeps it. */
import type { BackupScheduleStatus } from '../../crds/backup-schedule.ts';
import type { FlavorStatus } from '../../crds/flavor.ts';
import type { HypervisorStatus } from '../../crds/hypervisor.ts';
import type { HypervisorPoolStatus } from '../../crds/hypervisor-pool.ts';
import type { ImageStatus } from '../../crds/image.ts';
import type { InstanceStatus } from '../../crds/instance.ts';
import type { InstanceActionStatus } from '../../crds/instance-action.ts';
import type { InstanceSnapshotStatus } from '../../crds/instance-snapshot.ts';
import type { NetworkStatus } from '../../crds/network.ts';
import type { VolumeStatus } from '../../crds/volume.ts';
import type { Condition } from '../../crds/schema/condition.ts';

/** Every field set, at every depth: a field added to a kind and forgotten here does not compile. */
type Full<T> = T extends readonly (infer Item)[]
  ? readonly Full<Item>[]
  : string extends keyof T
    ? T
    : T extends object
      ? { readonly [Key in keyof T]-?: Full<NonNullable<T[Key]>> }
      : T;

const at = '2026-01-02T03:04:05Z';
const ready: Full<Condition> = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: at,
  reason: 'Running',
  message: 'as asked',
};
const common = { observedGeneration: 1, conditions: [ready] };
const interfaceName = 'eth0';

const resolved = {
  flavorName: 'tiny',
  vcpus: 1,
  memory: '16Mi',
  rootDisk: 16777216,
  pool: 'main',
  image: {
    name: 'demo',
    uid: '1',
    format: 'qcow2',
    sha256: '0'.repeat(64),
    baseKey: 'base-1',
    properties: {
      os: 'Linux',
      configDrive: { layout: 'NoCloud', format: 'vfat', device: 'Disk' },
      adminUser: 'admin',
      shutdownTimeout: '2m',
    },
  },
  restored: { snapshotName: 'before', imageName: 'demo' },
} as const;

const instance: Full<InstanceStatus> = {
  ...common,
  phase: 'Running',
  powerState: 'Running',
  powerOff: { reason: 'GuestShutdown', observedAt: at, inferred: true, runId: 'run-1' },
  restarts: { count: 1, lastAt: at },
  run: { id: 'run-2', startedAt: at, bootHash: 'b00t', fixedHash: 'f1xed', bootId: 'boot-1' },
  hypervisorName: 'host-a.example.com',
  machineId: '6f1d0b0e-53a4-4c1e-9d4b-0c5a4bb3a001',
  origin: 'Created',
  differences: [{ field: 'vcpus', wanted: '1', found: '2' }],
  resolved,
  size: { vcpus: 1, memory: '16Mi', maxVcpus: 2, maxMemory: '32Mi' },
  addresses: [{ address: '2001:db8::1', interfaceName }],
  disks: [{ name: 'root', role: 'root', pool: 'main', volume: '1-root-1', size: '16Mi' }],
  rootVolume: { volumeName: 'demo-root', volumeUid: '3' },
  volumes: [{ name: 'data', volumeName: 'demo-data', volumeUid: '2', serial: '2', phase: 'Attached' }],
  interfaces: [{ name: interfaceName, macAddress: '52:54:00:00:00:01', networkName: 'lab' }],
  freeze: { runId: 'run-2', since: at, until: at, attempts: 1, message: 'no agent' },
  guest: {
    observedAt: at,
    agentVersion: '7.2.0',
    hostname: 'web-1',
    os: { id: 'debian', name: 'Debian GNU/Linux 12 (bookworm)', version: '12', kernel: '6.1.0' },
    interfaces: [{ name: 'ens3', interfaceName, macAddress: '52:54:00:00:00:01', addresses: ['2001:db8::1'] }],
    fileSystems: [{ mountpoint: '/', type: 'ext4', device: '/dev/vda1', size: '8Gi' }],
  },
  task: {
    operation: 'Spawn',
    id: 'task-1',
    step: 'create-root-disk',
    stepIndex: 1,
    stepCount: 7,
    progress: 14,
    startedAt: at,
    deadline: at,
    attempt: 1,
    message: 'making the root disk',
    external: [{ kind: 'Transfer', ref: 'host-a/default/base-1' }],
  },
  resize: {
    phase: 'Reverted',
    from: { flavorName: 'tiny', vcpus: 1, memory: '16Mi', disks: [{ name: 'root', volume: 'root-1', size: '16Mi' }] },
    to: { flavorName: 'big', vcpus: 2, memory: '32Mi', disks: [{ name: 'root', volume: 'root-1.1', size: '64Mi' }] },
    runId: 'run-2',
    startedAt: at,
    resizedAt: at,
    reason: 'RevertAsked',
    message: '',
  },
  lifecycle: {
    softDeletedAt: at,
    reclaimedAt: at,
    shelvedAt: at,
    offloadedAt: at,
    copy: { snapshotName: 'demo-shelved-1', imageUid: '3', imageName: 'demo' },
  },
  rescue: { imageName: 'rescue-system', startedAt: at, ended: { reason: 'TimedOut', message: 'its time is over' } },
  action: {
    uid: '2',
    name: 'again',
    action: 'Rebuild',
    phase: 'Succeeded',
    reason: 'Rebuilt',
    message: '',
    encryptedPassword: 'AAAA',
    startedAt: at,
    finishedAt: at,
    rebuild: { volume: '1-root-2', resolved },
    swap: { name: 'data', volumeName: 'demo-data', volumeUid: '4' },
  },
  plannedSteps: [{ operation: 'Spawn', step: 'create-root-disk', message: '16Mi on base-1' }],
  faults: [{ at, operation: 'Spawn', step: 'define', reason: 'Conflict', label: 'Conflict', message: 'in use', hypervisorName: 'host-a' }],
};

const hypervisor: Full<HypervisorStatus> = {
  ...common,
  reachable: { status: 'True', since: at },
  facts: {
    hostName: 'host-a',
    hostId: 'aaaaaaaa-1111-4111-8111-111111111111',
    bootId: 'boot-1',
    architecture: 'x86_64',
    cpuModel: 'EPYC',
    virtualization: 'Software',
    versions: { libvirt: '9.0.0', QEMU: '7.2.0' },
    networks: ['default'],
    pools: ['default'],
    features: ['UEFI'],
    warnings: ['the connection is not encrypted'],
  },
  capacity: { cpu: 8, memory: '32Gi' },
  allocatable: { cpu: 28, memory: '30Gi' },
  allocated: { instances: 3, cpu: 6, memory: '48Mi' },
  orphans: [
    { machineId: 'cccccccc-1111-4111-8111-111111111111', uid: 'dddddddd-1111-4111-8111-111111111111', policy: 'Delete', since: at },
  ],
  abandoned: { 'eeeeeeee-1111-4111-8111-111111111111': at },
  pools: { main: { capacity: '1Ti' } },
};

const action: Full<InstanceActionStatus> = {
  ...common,
  phase: 'Succeeded',
  instanceUid: '1',
  runId: 'run-2',
  progress: 100,
  encryptedPassword: 'AAAA',
  diagnostics: {
    driver: 'libvirt',
    power: 'Running',
    startedAt: at,
    memory: { maximumBytes: 2 ** 40, usedBytes: 2 ** 40, residentBytes: 2 ** 39 },
    cpus: [{ id: 0, timeMs: Number.MAX_SAFE_INTEGER }],
    disks: [{ name: 'root', readBytes: 1, readRequests: 2, writeBytes: 3, writeRequests: 4, errors: 5 }],
    interfaces: [
      {
        macAddress: '52:54:00:00:00:01',
        name: 'eth0',
        rxBytes: 1,
        rxPackets: 2,
        rxErrors: 3,
        rxDrops: 4,
        txBytes: 5,
        txPackets: 6,
        txErrors: 7,
        txDrops: 8,
      },
    ],
    raw: { 'block.0.rd.bytes': '1' },
  },
  consoleLog: { text: 'login: \u00e9\n', truncated: true },
  screenshot: { contentType: 'image/png', base64: 'AAAA', width: 1, height: 1, scale: 2 },
  startedAt: at,
  finishedAt: at,
};
const location = { hypervisorName: 'host-a', pool: 'main', volume: 'snapshot-1' };
const place = { imageStoreName: 'vault', key: 'snapshot-1.qcow2' };
const flavor: Full<FlavorStatus> = common;
const image: Full<ImageStatus> = {
  ...common,
  format: 'qcow2',
  sha256: '0'.repeat(64),
  sizeBytes: 196616,
  virtualSizeBytes: 16777216,
  locations: [{ ...location, sharedId: 'filer', store: { ...place, sha256: '0'.repeat(64), sizeBytes: 196616 } }],
  upload: { ...place, url: 'https://store.example.com/upload-1.qcow2', sizeBytes: 1 },
  preCache: { wanted: 2, cached: 1, message: 'host-b: it does not answer' },
};
const snapshot: Full<InstanceSnapshotStatus> = {
  ...common,
  phase: 'Succeeded',
  instanceUid: '1',
  location: { ...location, sharedId: 'filer' },
  store: place,
  imageUid: '2',
  progress: 100,
  startedAt: at,
  finishedAt: at,
};
const backups: Full<BackupScheduleStatus> = { ...common, lastScheduledAt: at, lastSucceededAt: at, nextAt: at, failures: 1, kept: 7 };
const network: Full<NetworkStatus> = common;
const volume: Full<VolumeStatus> = {
  ...common,
  phase: 'InUse',
  hypervisorName: 'host-a',
  pool: 'main',
  disk: 'volume-2',
  capacity: '8Mi',
  attachedTo: [{ instanceName: 'demo', name: 'data' }],
};

const hypervisorPool: Full<HypervisorPoolStatus> = {
  ...common,
  poolUUID: 'aaaaaaaa-2222-4222-8222-222222222222',
  name: 'lab',
  master: 'aaaaaaaa-1111-4111-8111-111111111111',
  version: 'XCP-ng 8.3.0',
  members: [
    {
      hostUUID: 'aaaaaaaa-1111-4111-8111-111111111111',
      name: 'xen1',
      state: 'Present',
      address: '192.0.2.1',
      hypervisorName: 'lab-aaaaaaaa',
      enabled: true,
      live: true,
      version: 'XCP-ng 8.3.0',
    },
  ],
  hosts: 1,
  capacity: { cpu: 8, memory: '64Gi' },
  storage: [{ uuid: 'bbbbbbbb-1111-4111-8111-111111111111', name: 'NFS', type: 'nfs', shared: true, capacity: '1Ti' }],
  networks: [{ uuid: 'cccccccc-1111-4111-8111-111111111111', name: 'LAN', bridge: 'xenbr0', vlan: 12 }],
  highAvailability: { enabled: true, failuresToTolerate: 1, planExistsFor: 1, overcommitted: false },
  restrictions: ['AddressLocking'],
};

export const statuses = {
  Instance: instance,
  InstanceAction: action,
  InstanceSnapshot: snapshot,
  BackupSchedule: backups,
  Flavor: flavor,
  Image: image,
  ImageStore: common,
  Network: network,
  Volume: volume,
  Hypervisor: hypervisor,
  HypervisorPool: hypervisorPool,
};
