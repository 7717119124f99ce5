/** A guest to be told things, for the tests of the layouts. */
import type { DriveFile, GuestConfig } from './guest-config.ts';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const guest = (over: Partial<GuestConfig> = {}): GuestConfig => ({
  instanceId: 'uid-1',
  name: 'web.example',
  namespace: 'default',
  hostname: 'web',
  files: [],
  sshAuthorizedKeys: ['ssh-ed25519 AAAA me'],
  metadata: { b: '2', a: '1' },
  interfaces: [
    { name: 'eth0', mac: '02:00:00:00:00:01', dns: ['192.0.2.53'], addressing: [{ kind: 'DHCPv4' }] },
    {
      name: 'eth1',
      mac: '02:00:00:00:00:02',
      dns: ['192.0.2.53', '2001:db8::53'],
      addressing: [{ kind: 'DHCPv4' }, { kind: 'SLAAC' }],
    },
  ],
  ...over,
});

/** An interface with all there is. */
export const FIXED: GuestConfig['interfaces'][number] = {
  name: '10',
  mac: '02:00:00:00:00:03',
  mtu: 1400,
  dns: ['192.0.2.53'],
  addressing: [
    {
      kind: 'Static',
      family: 4,
      address: '192.0.2.5',
      prefixLength: 24,
      routes: [
        { destination: '0.0.0.0/0', gateway: '192.0.2.1' },
        { destination: '198.51.100.0/25', gateway: '192.0.2.2' },
      ],
    },
    { kind: 'Static', family: 4, address: '192.0.2.6', prefixLength: 24, routes: [] },
    { kind: 'Static', family: 6, address: '2001:db8::5', prefixLength: 64, routes: [{ destination: '::/0', gateway: '2001:db8::1' }] },
  ],
};

export const asText = (files: readonly DriveFile[]): Record<string, string> =>
  Object.fromEntries(files.map(({ path, content }) => [path, new TextDecoder().decode(content)]));
