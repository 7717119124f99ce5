/** What a user asks of one virtual machine. Absent fields mean what their description says: nothing is written into a spec. */
import { Type } from 'typebox';
import { Lock } from './lock.ts';
import { Lifecycle } from './lifecycle.ts';
import { Rescue } from './rescue.ts';
import { RootVolume, rootVolumeRules } from './root-volume.ts';
import { volumes } from './volumes.ts';
import { Resize } from './resize.ts';
import { atomicList, listMap, mapOf, setOf } from '../schema/collections.ts';
import { labelSelector } from '../schema/references.ts';
import type { Read } from '../schema/static.ts';
import { duration, enumOf, hypervisorName, labelName, objectName, pattern, text, word } from '../schema/text.ts';
import { Cpu } from './cpu.ts';
import { Devices, keepsTpm } from './devices.ts';
import { extraDisks, keepsExtraDisks } from './extra-disks.ts';
import { Firmware, staysUefi } from './firmware.ts';
import { guestAgent } from './guest-agent.ts';
import { files, userData, vendorData } from './guest-data.ts';
import { interfaceTuning } from './interface-tuning.ts';
import { Memory } from './memory.ts';
import { Storage } from './storage.ts';
import { DELETION_POLICIES, POWER_STATES, RECONCILE_POLICIES, RESTART_POLICIES } from '../vocabulary.ts';

export * from './lifecycle.ts';
export * from './lock.ts';
export * from './rescue.ts';
export * from './root-volume.ts';
export * from './volumes.ts';
export * from './resize.ts';

/** A name of the hypervisor's own: a UUID on libvirt and Xen. */
export const machineId = (description: string) => word(description, 128);

export const InstanceNetwork = Type.Object(
  {
    name: labelName(
      'Name of the interface within the instance, such as eth0. It stays the same for the life of the interface: the MAC address derives from it.',
    ),
    networkName: objectName('Network of this namespace to plug the interface into.'),
    macAddress: Type.Optional(
      pattern(
        '^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$',
        17,
        'MAC address, lower case with colons. Absent: one that derives from the instance and the name of the interface, and never changes. Cannot be changed.',
      ),
    ),
    addresses: Type.Optional(
      setOf(word('Address within a subnet of the Network, without prefix length.', 45), {
        maxItems: 16,
        description:
          'Static addresses that the guest is told to take, each within one of the subnets of the Network. Of a family without one, and absent: the guest asks by DHCP, or by router advertisements. A change takes effect at the next start.',
        'x-kubernetes-validations': [{ rule: 'self.all(address, isIP(address))', message: 'addresses must be IP addresses' }],
      }),
    ),
    ...interfaceTuning,
  },
  {
    'x-kubernetes-validations': [
      {
        rule: 'has(self.macAddress) == has(oldSelf.macAddress) && (!has(self.macAddress) || self.macAddress == oldSelf.macAddress)',
        message: 'the MAC address of an interface cannot be changed: add an interface of another name instead',
      },
    ],
  },
);
export type InstanceNetwork = Read<typeof InstanceNetwork>;

export const Placement = Type.Object(
  {
    hypervisorName: Type.Optional(hypervisorName('The Hypervisor to build the instance on. Absent: the scheduler chooses.')),
    hypervisorSelector: Type.Optional(labelSelector('Only Hypervisors whose labels match are considered.')),
    onHostFailure: Type.Optional(
      enumOf(
        ['Stay', 'Evacuate'],
        'What to do once the host has been fenced: wait for it (Stay), or rebuild the instance on another host (Evacuate, which is not acted on yet). Absent means Stay.',
      ),
    ),
  },
  { description: 'Where the instance may run. Absent: on any Hypervisor it fits on.' },
);
export type Placement = Read<typeof Placement>;

export const InstanceSpec = Type.Object(
  {
    flavorName: objectName(
      'Flavor that sizes the instance. A change resizes it as spec.resize says; without that it takes effect at the next start.',
    ),
    imageName: Type.Optional(
      objectName(
        'Image of this namespace that the root disk is made from. Changing it rebuilds nothing by itself: an InstanceAction Rebuild does.',
      ),
    ),
    rootVolume: Type.Optional(RootVolume),
    powerState: Type.Optional(enumOf(POWER_STATES, 'What the instance should be doing. Absent means Running.')),
    restartPolicy: Type.Optional(
      enumOf(
        RESTART_POLICIES,
        'When an instance that should run is started again after its guest ended: Always; OnCrash, when it crashed or its host restarted, but not after the guest shut itself down; Never. Absent means OnCrash.',
      ),
    ),
    networks: Type.Optional(
      listMap(InstanceNetwork, ['name'], {
        maxItems: 32,
        description: 'Interfaces of the instance, in this order. Absent or empty: none.',
      }),
    ),
    storage: Type.Optional(Storage),
    ...extraDisks,
    volumes: Type.Optional(volumes),
    hostname: Type.Optional(
      pattern(
        '^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*$',
        253,
        'Host name that the guest is told, alone or with its domain. For a guest of Windows the name alone has at most 15 characters and is not all digits. Absent: made from the name of the Instance. A change takes effect at the next start.',
      ),
    ),
    userData,
    vendorData,
    files,
    guestAgent,
    sshAuthorizedKeys: Type.Optional(
      setOf(word('A public key, as in one line of authorized_keys.', 8192), {
        maxItems: 64,
        description: 'Public SSH keys that cloud-init lets in as the default user of the image.',
      }),
    ),
    metadata: Type.Optional(
      mapOf(text('A value.', 255), {
        maxProperties: 128,
        description: 'Keys and values that the guest can read on the config drive.',
        'x-kubernetes-validations': [
          { rule: 'self.all(key, size(key) > 0 && size(key) <= 255)', message: 'keys must be 1 to 255 characters long' },
        ],
      }),
    ),
    firmware: Type.Optional(Firmware),
    devices: Type.Optional(Devices),
    cpu: Type.Optional(Cpu),
    memory: Type.Optional(Memory),
    placement: Type.Optional(Placement),
    shutdownTimeout: Type.Optional(
      duration(
        "How long a guest that was asked to shut down may take before it is powered off; 0s powers it off at once. Absent: the image's, else 60s.",
      ),
    ),
    reconcilePolicy: Type.Optional(
      enumOf(
        RECONCILE_POLICIES,
        'How much is done: Reconcile, everything; EnsureExists, the machine is made if missing and deleted with the object, otherwise left alone; WatchOnly, only observed and reported; DryRun, as WatchOnly, with the plan in status.plannedSteps; Disabled, not even observed. Absent means Reconcile.',
      ),
    ),
    resize: Type.Optional(Resize),
    lock: Type.Optional(Lock),
    lifecycle: Type.Optional(Lifecycle),
    rescue: Type.Optional(Rescue),
    deletionPolicy: Type.Optional(
      enumOf(
        DELETION_POLICIES,
        'What deleting the object does to the machine: Delete removes it with the disks made for it; Retain leaves it as it runs, and Hostler lets go of it; Abandon makes no call to the hypervisor at all. May be changed while the object is being deleted. Absent means Delete, for an adopted machine Retain.',
      ),
    ),
    deletionProtection: Type.Optional(Type.Boolean({ description: 'While true, the object cannot be deleted. Absent means false.' })),
    adopt: Type.Optional(
      Type.Object(
        { machineId: machineId('Identity of the machine on its host: the UUID.') },
        {
          description:
            'Take over a machine that exists, instead of making one: one that this cluster made for an Instance of this namespace and name, or one that spec.adoptable of its Hypervisor lists. The latter stays as it is: see status.differences.',
        },
      ),
    ),
  },
  {
    description: 'What the instance should be.',
    'x-kubernetes-validations': [...rootVolumeRules, staysUefi, keepsTpm, ...keepsExtraDisks],
  },
);
export type InstanceSpec = Read<typeof InstanceSpec>;

/** For status: names of things, in the order of the spec. */
export const interfaceName = labelName('Name of the interface in spec.networks.');
export const plannedSteps = Type.Optional(
  atomicList(
    Type.Object({
      operation: word('Operation the step belongs to, such as Spawn.', 63),
      step: word('Name of the step.', 63),
      message: Type.Optional(text('What it would do, for people.', 1024)),
    }),
    { maxItems: 64, description: 'Under reconcilePolicy DryRun: what would be done now, in order. Empty: nothing.' },
  ),
);
