/** One connection to a host, from the handshake to its loss, with what was read over it. A new connection is a new session. */
import { ErrorCode, isLibvirtError, LibvirtClient } from 'node-libvirt';
import type { HostEvent } from '../contract.ts';
import type { LibvirtConfig } from './config.ts';
import { listen } from './events.ts';
import { epochOf } from './host/epoch.ts';
import { identify, type Connected } from './host/facts.ts';
import { parseCapabilities, parseDomainCapabilities, type HostCapabilities, type HostProfile } from './host/profile.ts';
import { probeHardware, type Virtualization } from './host/virtualization.ts';
import { Registry } from './machines/registry.ts';
import { Bases } from './storage/bases.ts';
import { Devices } from './storage/devices.ts';
import { Disks } from './storage/disks.ts';
import { Pools } from './storage/pools.ts';
import { Turns, type Left } from './time.ts';

export interface Session extends Connected {
  readonly bases: Bases;
  readonly disks: Disks;
  readonly registry: Registry;
  /** Of those who read console logs. */
  readonly turns: Turns;
}

export async function openSession(config: LibvirtConfig, tell: (event: HostEvent) => void, left: Left): Promise<Session> {
  const { signal, timeoutMs } = left();
  const { uri, tls, ssh } = config;
  const client = await LibvirtClient.connect(uri, { signal, connectTimeoutMs: timeoutMs, ...(tls && { tls }), ...(ssh && { ssh }) });
  try {
    return await readSession(client, config.imagePools, tell, left);
  } catch (error) {
    client.close();
    throw error;
  }
}

async function readSession(
  client: LibvirtClient,
  imagePools: LibvirtConfig['imagePools'],
  tell: (event: HostEvent) => void,
  left: Left,
): Promise<Session> {
  const identity = await identify(client, left);
  const registry = new Registry(client);
  const pools = new Pools(client, imagePools);
  await listen(client, { registry, pools }, tell, left);
  const capabilities = parseCapabilities(await client.host.capabilities(left()));
  const epoch = await epochOf(client, () => tryHardware(client, capabilities, left), left);
  const profile = await profileOf(client, capabilities, epoch.virtualization, left);
  const bases = new Bases(client, pools);
  return {
    client,
    identity,
    capabilities,
    epoch,
    profile,
    pools,
    bases,
    disks: new Disks(client, pools, bases, new Devices(client, pools)),
    registry,
    turns: new Turns(1),
  };
}

async function tryHardware(client: LibvirtClient, capabilities: HostCapabilities, left: Left): Promise<Virtualization> {
  if (!capabilities.domainTypes.includes('kvm')) return { kind: 'None' };
  return probeHardware(client, await profileOf(client, capabilities, { kind: 'Hardware' }, left), left);
}

async function profileOf(
  client: LibvirtClient,
  { architecture }: HostCapabilities,
  { kind }: Pick<Virtualization, 'kind'>,
  left: Left,
): Promise<HostProfile> {
  const virtType = kind === 'Hardware' ? 'kvm' : 'qemu';
  const [usual, uefi] = await Promise.all([
    client.host.domainCapabilities({ architecture, virtType }, left()),
    architecture === 'x86_64' ? uefiCapabilities(client, { architecture, virtType }, left) : undefined,
  ]);
  return parseDomainCapabilities(usual, uefi);
}

/** On PCs UEFI goes with a machine type that is not the preferred one; a QEMU without it has no UEFI for us. */
async function uefiCapabilities(
  client: LibvirtClient,
  query: { readonly architecture: string; readonly virtType: string },
  left: Left,
): Promise<string | undefined> {
  try {
    return await client.host.domainCapabilities({ ...query, machine: 'q35' }, left());
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.INVALID_ARG)) return undefined;
    throw error;
  }
}
