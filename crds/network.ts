/** Network: what an interface of an Instance is plugged into. */
import { Type } from 'typebox';
import { atomicList, listMap, setOf } from './schema/collections.ts';
import { conditions, observedGeneration } from './schema/condition.ts';
import { count } from './schema/number.ts';
import { AGE, READY, REASON, type KindDefinition, type NamespacedResource } from './schema/resource.ts';
import type { Read } from './schema/static.ts';
import { labelName, word } from './schema/text.ts';

export const Route = Type.Object(
  {
    destination: word('Address range that is reached by it, such as 198.51.100.0/24.', 49, {
      rule: 'isCIDR(self) && cidr(self).masked() == cidr(self)',
      message: 'destination must be a range of addresses without host bits, such as 198.51.100.0/24',
    }),
    gateway: word('Address of the router towards it.', 45, { rule: 'isIP(self)', message: 'gateway must be an IP address' }),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '!isCIDR(self.destination) || !isIP(self.gateway) || cidr(self.destination).ip().family() == ip(self.gateway).family()',
        message: 'gateway and destination must be of one family',
        fieldPath: '.gateway',
      },
    ],
  },
);
export type Route = Read<typeof Route>;

export const Subnet = Type.Object(
  {
    cidr: word('Address range, such as 192.0.2.0/24 or 2001:db8::/64.', 49, {
      rule: 'isCIDR(self) && cidr(self).masked() == cidr(self)',
      message: 'cidr must be a range of addresses without host bits, such as 192.0.2.0/24',
    }),
    gateway: Type.Optional(
      word(
        'Address of the router within that range. Guests with a static address take it for their default route, unless an earlier interface gives them one.',
        45,
      ),
    ),
    routes: Type.Optional(
      atomicList(Route, { maxItems: 32, description: 'More routes for guests with a static address in that range, in this order.' }),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '!has(self.gateway) || !isCIDR(self.cidr) || (isIP(self.gateway) && cidr(self.cidr).containsIP(self.gateway))',
        message: 'gateway must be an address within cidr',
        fieldPath: '.gateway',
      },
    ],
  },
);
export type Subnet = Read<typeof Subnet>;

export const NetworkSpec = Type.Object(
  {
    hostNetwork: labelName(
      'Key in spec.networks of the Hypervisors, which say what it is on each host. Instances of this Network are placed only where the key exists.',
    ),
    subnets: Type.Optional(
      listMap(Subnet, ['cidr'], {
        maxItems: 16,
        description: 'Address ranges in use on the network. Absent: not known, guests ask by DHCP.',
      }),
    ),
    mtu: Type.Optional(count('Largest packet in bytes that guests are told to send. Absent: not told.', { minimum: 576, maximum: 65_535 })),
    dns: Type.Optional(
      setOf(word('Address of a name server.', 45), {
        maxItems: 8,
        description: 'Name servers that guests are told.',
        'x-kubernetes-validations': [{ rule: 'self.all(address, isIP(address))', message: 'dns must be IP addresses' }],
      }),
    ),
  },
  { description: 'What the network is.' },
);
export type NetworkSpec = Read<typeof NetworkSpec>;

export const NetworkStatus = Type.Object(
  { observedGeneration, conditions: conditions('Ready means that at least one Hypervisor has the host network.') },
  { description: 'What is known of the network.' },
);
export type NetworkStatus = Read<typeof NetworkStatus>;

export type Network = NamespacedResource<'Network', NetworkSpec, NetworkStatus>;

export const networkKind: KindDefinition = {
  kind: 'Network',
  plural: 'networks',
  scope: 'Namespaced',
  shortNames: ['hnet'],
  description:
    'Network is what interfaces of instances are plugged into. It names a host network by its key; what that is on a host, only the Hypervisor says.',
  spec: NetworkSpec,
  status: NetworkStatus,
  columns: [
    READY,
    { name: 'Host-Network', type: 'string', jsonPath: '.spec.hostNetwork' },
    AGE,
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnets[0].cidr', priority: 1 },
    REASON,
  ],
  selectableFields: ['.spec.hostNetwork'],
};
