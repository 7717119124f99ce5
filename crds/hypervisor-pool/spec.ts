/** What an administrator says of a pool: how to reach it, and what its Hypervisors begin with. */
import { Type } from 'typebox';
import { HostNetwork, keysAreLabels, MAX_HOST_KEYS, Overcommit, Reserved } from '../hypervisor/spec.ts';
import { atomicList, mapOf } from '../schema/collections.ts';
import { operatorSecret } from '../schema/references.ts';
import type { Rule } from '../schema/rule.ts';
import type { Read } from '../schema/static.ts';
import { labelName, pattern, word } from '../schema/text.ts';
import { API_GROUP, MAX_POOL_MEMBERS } from '../vocabulary.ts';

export const XenPoolTls = Type.Object(
  {
    fingerprints: Type.Optional(
      atomicList(
        pattern('^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$', 95, 'SHA-256 of a certificate in hexadecimal digits, with or without colons.'),
        {
          minItems: 1,
          maxItems: MAX_POOL_MEMBERS,
          description:
            'The certificates that members may show, and no others: one for each member, since each may become the master. Names and authorities are then not looked at.',
        },
      ),
    ),
    caSecret: Type.Optional(operatorSecret('Secret with key ca.crt: who may vouch for the members.')),
  },
  {
    description:
      'The certificate of a member is always verified. Absent: by the usual certificate authorities, and for the name in endpoints.',
    'x-kubernetes-validations': [
      { rule: 'has(self.fingerprints) != has(self.caSecret)', message: 'set exactly one of fingerprints and caSecret' },
    ],
  },
);

export const XenPoolSpec = Type.Object(
  {
    endpoints: atomicList(
      pattern(
        '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?)(:[0-9]{1,5})?$',
        259,
        'Address or name of a member, with a port where it is not 443: xen1.example.com, 192.0.2.1:8443, [2001:db8::1].',
      ),
      {
        minItems: 1,
        maxItems: MAX_POOL_MEMBERS,
        description: 'Members that are asked who the master is, in this order; then those that status.members knows. One is enough.',
      },
    ),
    credentialsSecret: operatorSecret('Secret of type kubernetes.io/basic-auth, with keys username and password.'),
    tls: Type.Optional(XenPoolTls),
  },
  { description: 'How to reach the pool through XAPI.' },
);
export type XenPoolSpec = Read<typeof XenPoolSpec>;

export const TemplatePool = Type.Object({
  pool: word('A storage repository by its name or its UUID; the name may be that of another one on each host, as of local storage.', 253),
  sharedId: Type.Optional(
    word('The same on every Hypervisor whose pool is the same storage. Absent: the UUID, where the repository is shared.', 253),
  ),
});
export type TemplatePool = Read<typeof TemplatePool>;

const labelsAreOurs: Rule = {
  rule: `self.all(key, !key.startsWith('${API_GROUP}/'))`,
  message: `labels of ${API_GROUP}/ are set by the operator`,
};

export const HypervisorTemplate = Type.Object(
  {
    labels: Type.Optional(
      mapOf(pattern('^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$', 63, 'Value of the label.'), {
        maxProperties: 32,
        description: `Labels, which Instances select hosts by. ${API_GROUP}/hypervisor-pool with the name of the pool is always among them.`,
        'x-kubernetes-validations': [labelsAreOurs],
      }),
    ),
    networks: Type.Optional(
      mapOf(HostNetwork, {
        maxProperties: MAX_HOST_KEYS,
        description: 'Networks by key; network is the name or the UUID that the pool knows it by.',
        'x-kubernetes-validations': [keysAreLabels],
      }),
    ),
    pools: Type.Optional(
      mapOf(TemplatePool, {
        maxProperties: MAX_HOST_KEYS,
        description: 'Storage repositories by key.',
        'x-kubernetes-validations': [keysAreLabels],
      }),
    ),
    defaultPool: Type.Optional(labelName('Key in pools for instances that name none. Absent: the only pool, where there is one.')),
    overcommit: Type.Optional(Overcommit),
    reserved: Type.Optional(Reserved),
  },
  {
    description:
      'What every Hypervisor of the pool has, besides what people write into the Hypervisor itself: that stands, also where it says otherwise.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.defaultPool) || (has(self.pools) && self.defaultPool in self.pools)',
        message: 'defaultPool must be a key of pools',
        fieldPath: '.defaultPool',
      },
    ],
  },
);
export type HypervisorTemplate = Read<typeof HypervisorTemplate>;

export const HypervisorPoolSpec = Type.Object(
  { xen: XenPoolSpec, hypervisors: Type.Optional(HypervisorTemplate) },
  { description: 'How to reach the pool, and what its Hypervisors have in common.' },
);
export type HypervisorPoolSpec = Read<typeof HypervisorPoolSpec>;
