/** What an administrator says of one host: how to reach it, and what the things on it are called. */
import { Type } from 'typebox';
import { OrphansSpec } from './orphans.ts';
import { listMap, mapOf } from '../schema/collections.ts';
import { type Rule, unchanged } from '../schema/rule.ts';
import { count, quantity, ratio } from '../schema/number.ts';
import { operatorSecret } from '../schema/references.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, LABEL_NAME, labelName, objectName, pattern, timestamp, word } from '../schema/text.ts';
import { DRIVERS, MAX_VOLUME_LENGTH } from '../vocabulary.ts';

/** Most networks, and most pools, that one host may name. */
export const MAX_HOST_KEYS = 64;

export const keysAreLabels: Rule = {
  rule: `self.all(key, size(key) <= 63 && key.matches('${LABEL_NAME}'))`,
  message: 'keys must be lower case letters, digits and dashes, at most 63 of them',
};

export const LibvirtSpec = Type.Object(
  {
    uri: pattern(
      '^[a-z]+(\\+(unix|tcp|tls|ssh))?://\\S*$',
      1024,
      'Connection URI as libvirt writes it: qemu+tls://host/system, qemu+ssh://root@host/system, qemu+tcp://host/system (not encrypted), qemu+unix:///system?socket=/path.',
      { rule: "!self.matches('^[^/]+://[^/]*:[^/@]*@')", message: 'a password does not belong in the URI' },
    ),
    tls: Type.Optional(
      Type.Object(
        {
          caSecret: Type.Optional(
            operatorSecret('Secret with key ca.crt: who may vouch for the host. Absent: the usual certificate authorities.'),
          ),
          clientSecret: Type.Optional(
            operatorSecret('Secret of type kubernetes.io/tls, with keys tls.crt and tls.key: how the operator shows who it is.'),
          ),
          serverName: Type.Optional(word('Name that the certificate of the host must carry. Absent: the host of the URI.', 253)),
        },
        { description: 'For qemu+tls. The certificate of the host is always verified.' },
      ),
    ),
    ssh: Type.Optional(
      Type.Object(
        {
          secret: operatorSecret('Secret of type kubernetes.io/ssh-auth, with keys ssh-privatekey and known_hosts.'),
        },
        { description: 'For qemu+ssh. The key of the host is always verified.' },
      ),
    ),
    migration: Type.Optional(
      Type.Object(
        { address: word('Address or name at which the other hosts reach this one.', 253) },
        { description: 'How guests move to this host.' },
      ),
    ),
  },
  {
    description: 'How to reach the host through libvirt.',
    'x-kubernetes-validations': [
      {
        rule: "!has(self.tls) || self.uri.contains('+tls://')",
        message: 'tls is for a URI of transport tls, such as qemu+tls://host/system',
        fieldPath: '.tls',
      },
      {
        rule: "!has(self.ssh) || self.uri.contains('+ssh://')",
        message: 'ssh is for a URI of transport ssh, such as qemu+ssh://root@host/system',
        fieldPath: '.ssh',
      },
    ],
  },
);
export type LibvirtSpec = Read<typeof LibvirtSpec>;

export const XenSpec = Type.Object(
  {
    poolName: objectName('HypervisorPool that the host is in: it says how the pool is reached. Cannot be changed.'),
    hostUUID: pattern(
      '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
      36,
      'UUID of the host, as the pool knows it: status.members of the HypervisorPool has it. Cannot be changed.',
    ),
  },
  {
    description: 'Which host of which pool it is. Such a Hypervisor is made by its HypervisorPool, and may be made by hand.',
    'x-kubernetes-validations': [unchanged('poolName and hostUUID cannot be changed: make another Hypervisor')],
  },
);
export type XenSpec = Read<typeof XenSpec>;

export const FakeSpec = Type.Object(
  { socket: pattern('^/\\S+$', 107, 'Path of the unix socket that the fake hypervisor listens on.') },
  { description: 'How to reach a fake hypervisor: machines that exist only in its memory, for tests and demonstrations.' },
);
export type FakeSpec = Read<typeof FakeSpec>;

export const HostNetwork = Type.Object(
  {
    network: Type.Optional(word('A network by the name that the hypervisor knows it by.', 253)),
    bridge: Type.Optional(word('A bridge device of the host.', 63)),
  },
  {
    'x-kubernetes-validations': [{ rule: 'has(self.network) != has(self.bridge)', message: 'set exactly one of network and bridge' }],
  },
);
export type HostNetwork = Read<typeof HostNetwork>;

export const ExistingDisk = Type.Object({
  name: labelName('What spec.existing of Volumes calls it.'),
  disk: word('Name of the disk in the pool, as the hypervisor knows it, such as unit:0:0:1.', MAX_VOLUME_LENGTH),
  namespace: labelName('Namespace whose Volumes may be it.'),
});
export type ExistingDisk = Read<typeof ExistingDisk>;

export const HostPool = Type.Object({
  pool: word('A storage pool by the name that the hypervisor knows it by.', 253),
  sharedId: Type.Optional(
    word('The same on every Hypervisor whose pool is the same storage. Absent: the storage is of this host alone.', 253),
  ),
  imagePool: Type.Optional(
    labelName(
      'For a pool of logical volumes: key of a pool of files, on the same host, in which the images for its disks are kept. Absent: nothing is made in such a pool.',
    ),
  ),
  disks: Type.Optional(
    listMap(ExistingDisk, ['name'], {
      maxItems: 256,
      description: 'Disks that are in the pool already, and that Volumes of the namespace named may be.',
    }),
  ),
});
export type HostPool = Read<typeof HostPool>;

export const Fence = Type.Object(
  {
    at: timestamp(
      'The moment of which it is said that the host is off. It counts only while the host has been unreachable without a break since before it.',
    ),
    by: word('Who or what made sure.', 253),
  },
  {
    description:
      'A statement that the host is surely off, made by whoever made sure. Any contact with the host after that moment voids it.',
  },
);
export type Fence = Read<typeof Fence>;

export const AdoptableMachine = Type.Object({
  machineId: word('Identity of the machine on the host: the UUID.', 128),
  namespace: labelName('Namespace whose Instances may take it over.'),
});
export type AdoptableMachine = Read<typeof AdoptableMachine>;

export const Overcommit = Type.Object(
  {
    cpu: Type.Optional(ratio('Virtual CPUs for each CPU of the host, such as "4" or "1.5". Absent means "4".')),
    memory: Type.Optional(ratio('Memory given out for the memory there is. Absent means "1".')),
  },
  { description: 'How much more may be given out than there is.' },
);
export type Overcommit = Read<typeof Overcommit>;

export const Reserved = Type.Object(
  {
    cpu: Type.Optional(count('CPUs.', { maximum: 4096 })),
    memory: Type.Optional(quantity('Memory.')),
  },
  { description: 'What is kept for the host itself, taken away before overcommit. Absent: nothing.' },
);
export type Reserved = Read<typeof Reserved>;

export const HypervisorSpec = Type.Object(
  {
    driver: enumOf(
      DRIVERS,
      'What drives the host; the field of the same name says how to reach it. Cannot be changed.',
      unchanged('driver cannot be changed: make another Hypervisor'),
    ),
    libvirt: Type.Optional(LibvirtSpec),
    xen: Type.Optional(XenSpec),
    fake: Type.Optional(FakeSpec),
    networks: Type.Optional(
      mapOf(HostNetwork, {
        maxProperties: MAX_HOST_KEYS,
        description: 'Host networks by key. Networks name the key in spec.hostNetwork and never a thing on a host.',
        'x-kubernetes-validations': [keysAreLabels],
      }),
    ),
    pools: Type.Optional(
      mapOf(HostPool, {
        maxProperties: MAX_HOST_KEYS,
        description: 'Storage pools by key. Instances name the key in spec.storage.pool and never a thing on a host.',
        'x-kubernetes-validations': [keysAreLabels],
      }),
    ),
    defaultPool: Type.Optional(labelName('Key in pools for instances that name none. Absent: the only pool, where there is one.')),
    schedulable: Type.Optional(
      Type.Boolean({ description: 'Whether new instances may be placed here. Those that are here stay. Absent means true.' }),
    ),
    overcommit: Type.Optional(Overcommit),
    reserved: Type.Optional(Reserved),
    fence: Type.Optional(Fence),
    orphans: Type.Optional(OrphansSpec),
    adoptable: Type.Optional(
      listMap(AdoptableMachine, ['machineId'], {
        maxItems: 256,
        description: 'Machines on the host that are nobody’s, and that Instances of the namespace named may take over.',
      }),
    ),
  },
  {
    description: 'How to reach the host, and what the things on it are called. The only place where things on hosts are named.',
    'x-kubernetes-validations': [
      { rule: "has(self.libvirt) == (self.driver == 'libvirt')", message: 'set libvirt for driver libvirt, and only then' },
      { rule: "has(self.xen) == (self.driver == 'Xen')", message: 'set xen for driver Xen, and only then' },
      { rule: "has(self.fake) == (self.driver == 'fake')", message: 'set fake for driver fake, and only then' },
      {
        rule: '!has(self.defaultPool) || (has(self.pools) && self.defaultPool in self.pools)',
        message: 'defaultPool must be a key of pools',
        fieldPath: '.defaultPool',
      },
      {
        rule: '!has(self.pools) || self.pools.all(key, !has(self.pools[key].imagePool) || (self.pools[key].imagePool in self.pools && self.pools[key].imagePool != key))',
        message: 'imagePool must be another key of pools',
        fieldPath: '.pools',
      },
    ],
  },
);
export type HypervisorSpec = Read<typeof HypervisorSpec>;
