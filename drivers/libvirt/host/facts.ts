/** What a host is and has, for the contract's `HostFacts`. */
import { DeadlineError, ListNetworks, type LibvirtClient, type LibvirtUri } from 'node-libvirt';
import type { HostFacts } from '../../contract.ts';
import { isUnprotected } from '../config.ts';
import type { Pools } from '../storage/pools.ts';
import { isOver, type Left } from '../time.ts';
import type { Epoch } from './epoch.ts';
import { featuresOf, type HostCapabilities, type HostProfile } from './profile.ts';
import { checkVersions, versionText } from './versions.ts';
import type { Virtualization } from './virtualization.ts';

/** What does not change while the daemon runs; read first, so that a host too old for us is asked nothing else. */
export interface HostIdentity {
  readonly hostName: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Throws `Unsupported` when libvirt or QEMU is too old. */
export async function identify(client: LibvirtClient, left: Left): Promise<HostIdentity> {
  const [libvirt, QEMU, name] = await Promise.all([client.host.libraryVersion(left()), client.host.version(left()), nameOf(client, left)]);
  const warnings = checkVersions({ libvirt, QEMU });
  return {
    hostName: name ?? client.uri.host ?? 'localhost',
    versions: { libvirt: versionText(libvirt), QEMU: versionText(QEMU) },
    warnings: [...warnings, ...(name === undefined ? ['the host takes long to find its own name: its DNS does not answer'] : [])],
  };
}

const LONGEST_NAMING_MS = 2000;

/** libvirt looks its host's name up in DNS, which may hang for long; undefined then. */
async function nameOf(client: LibvirtClient, left: Left): Promise<string | undefined> {
  const { signal, timeoutMs } = left();
  try {
    return await client.host.hostName({ signal, timeoutMs: Math.min(timeoutMs, LONGEST_NAMING_MS) });
  } catch (error) {
    if (error instanceof DeadlineError && !isOver(left)) return undefined;
    throw error;
  }
}

export interface Connected {
  readonly client: LibvirtClient;
  readonly identity: HostIdentity;
  readonly capabilities: HostCapabilities;
  readonly epoch: Epoch;
  readonly profile: HostProfile;
  readonly pools: Pools;
}

export async function readFacts({ client, identity, capabilities, epoch, profile, pools }: Connected, left: Left): Promise<HostFacts> {
  const [node, poolFacts, networks] = await Promise.all([
    client.host.nodeInfo(left()),
    pools.readAll(left),
    client.networks.list({ flags: ListNetworks.ACTIVE, ...left() }),
  ]);
  return {
    hostName: identity.hostName,
    hostId: capabilities.hostId,
    bootId: epoch.bootId,
    architecture: capabilities.architecture,
    cpus: node.cpus,
    cpuModel: capabilities.cpuModel,
    memoryBytes: node.memoryKiB * 1024,
    virtualization: epoch.virtualization.kind === 'Hardware' ? 'Hardware' : 'Software',
    versions: identity.versions,
    pools: poolFacts,
    networks: networks.map(({ name }) => name).sort(),
    features: featuresOf(profile),
    warnings: [...identity.warnings, ...warningsOf(client.uri, capabilities, epoch.virtualization)],
  };
}

function warningsOf(uri: LibvirtUri, { architecture }: HostCapabilities, virtualization: Virtualization): readonly string[] {
  return [
    ...(isUnprotected(uri)
      ? ['the connection is not encrypted, and whoever reaches the port commands the host: use qemu+tls or qemu+ssh']
      : []),
    ...(uri.noVerify ? ['nobody checks that the host is the one it should be: leave no_verify out of the URI'] : []),
    ...(architecture === 'x86_64' ? [] : [`hosts of architecture ${architecture} are untested`]),
    ...virtualizationWarning(virtualization),
  ];
}

function virtualizationWarning(virtualization: Virtualization): readonly string[] {
  switch (virtualization.kind) {
    case 'Hardware':
      return [];
    case 'None':
      return ['the host has no hardware virtualization (KVM): guests are emulated, which is slow'];
    case 'Broken':
    case 'Unproven':
      return [`hardware virtualization (KVM) is there but does not work, so guests are emulated, which is slow: ${virtualization.message}`];
  }
}
