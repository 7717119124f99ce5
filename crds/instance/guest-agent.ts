/** What the agent in a guest is asked, and what it last told. All of it is the guest's own word. */
import { Type } from 'typebox';
import { atomicList } from '../schema/collections.ts';
import { quantity } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, timestamp, word } from '../schema/text.ts';
import { GUEST_AGENT_MODES, GUEST_LIMITS } from '../vocabulary.ts';

export const guestAgent = Type.Optional(
  enumOf(
    GUEST_AGENT_MODES,
    'Whether the agent in the guest is asked. Enabled: what it tells is in status.guest, and the condition AgentConnected says whether there is one. Disabled: it is never spoken to, and actions that need it are refused. Absent: only actions that need it ask it. A change needs no restart.',
  ),
);

export const GuestOs = Type.Object(
  {
    id: Type.Optional(word('Short name, such as debian.', GUEST_LIMITS.text)),
    name: Type.Optional(word('Name for people.', GUEST_LIMITS.text)),
    version: Type.Optional(word('Version.', GUEST_LIMITS.text)),
    kernel: Type.Optional(word('Release of its kernel.', GUEST_LIMITS.text)),
  },
  { description: 'The system that runs in it.' },
);
export type GuestOs = Read<typeof GuestOs>;

export const GuestInterface = Type.Object({
  name: word('Name in the guest.', GUEST_LIMITS.text),
  interfaceName: Type.Optional(word('Name of the interface in spec.networks, where it is one of these.', 63)),
  macAddress: Type.Optional(word('MAC address.', GUEST_LIMITS.mac)),
  addresses: atomicList(word('Address.', GUEST_LIMITS.address), {
    maxItems: GUEST_LIMITS.addresses,
    description: 'IPv4 and IPv6 addresses.',
  }),
});
export type GuestInterface = Read<typeof GuestInterface>;

export const GuestFileSystem = Type.Object({
  mountpoint: word('Where it is mounted.', GUEST_LIMITS.path),
  type: word('Its kind, such as ext4.', GUEST_LIMITS.text),
  device: Type.Optional(word('What it is on.', GUEST_LIMITS.path)),
  size: Type.Optional(quantity('Size.')),
});
export type GuestFileSystem = Read<typeof GuestFileSystem>;

export const GuestStatus = Type.Object(
  {
    observedAt: timestamp('When the guest first told it as it stands here.'),
    agentVersion: Type.Optional(word('Version of the agent.', GUEST_LIMITS.text)),
    hostname: Type.Optional(word('Host name.', GUEST_LIMITS.text)),
    os: Type.Optional(GuestOs),
    interfaces: Type.Optional(
      atomicList(GuestInterface, { maxItems: GUEST_LIMITS.interfaces, description: 'Network interfaces, but for the loopback.' }),
    ),
    fileSystems: Type.Optional(atomicList(GuestFileSystem, { maxItems: GUEST_LIMITS.fileSystems, description: 'Mounted file systems.' })),
  },
  {
    description:
      'What the agent in the guest told last, with spec.guestAgent Enabled; kept while it is silent, until the machine is off. It is the word of the guest, which may say anything.',
  },
);
export type GuestStatus = Read<typeof GuestStatus>;
