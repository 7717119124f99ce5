/** Another size for a machine that runs: CPUs by hot-plug, memory by its balloon; and the same in its definition. */
import { DomainMemory, DomainVcpu, DomainXml, type Domain, type LibvirtClient } from 'node-libvirt';
import type { MachineSize } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { kibibytes, viewSize, type ViewedSize } from '../domain/size.ts';
import type { Left } from '../time.ts';
import { parseXml } from '../xml.ts';
import { readIdle, refused } from './fresh.ts';

export async function resizeLive(client: LibvirtClient, target: Target, size: MachineSize, left: Left): Promise<void> {
  const fresh = await readIdle(client, target, left);
  if (fresh.power !== 'Running') throw refused(fresh, 'resize');
  const { domain } = fresh;
  const running = await readSize(client, domain, 0, left);
  const { vcpus, memoryBytes } = running.maximum ?? running;
  if (size.vcpus > vcpus || size.memoryBytes > memoryBytes) {
    const most = `${vcpus} CPUs and ${memoryBytes} bytes of memory`;
    throw new DriverError('Conflict', `machine ${domain.name} was started with at most ${most}`, { reason: 'BeyondMaximum' });
  }
  if (size.vcpus < running.vcpus) {
    throw new DriverError('Conflict', `machine ${domain.name} runs with ${running.vcpus} CPUs, and none is taken from a guest`, {
      reason: 'CpusInUse',
    });
  }
  if (size.vcpus > running.vcpus) await client.domains.setVcpus(domain, size.vcpus, { flags: DomainVcpu.LIVE, ...left() });
  // What the guest has is not what it was asked for: asked again, it does no harm.
  await client.domains.setMemory(domain, kibibytes(size.memoryBytes), { flags: DomainMemory.LIVE, ...left() });
  if (fresh.persistent) await resizeDefinition(client, domain, size, left);
}

/** Whose own maximum may be another one by now. */
async function resizeDefinition(client: LibvirtClient, domain: Domain, size: MachineSize, left: Left): Promise<void> {
  const next = await readSize(client, domain, DomainXml.INACTIVE, left);
  const { vcpus, memoryBytes } = next.maximum ?? next;
  const { CONFIG, MAXIMUM } = DomainVcpu;
  const cpus = (flags: number): Promise<void> => client.domains.setVcpus(domain, size.vcpus, { flags, ...left() });
  if (size.vcpus > vcpus) await cpus(CONFIG | MAXIMUM);
  if (size.vcpus !== next.vcpus) await cpus(CONFIG);
  const memory = (flags: number): Promise<void> => client.domains.setMemory(domain, kibibytes(size.memoryBytes), { flags, ...left() });
  if (size.memoryBytes > memoryBytes) await memory(DomainMemory.CONFIG | DomainMemory.MAXIMUM);
  if (size.memoryBytes !== next.memoryBytes) await memory(DomainMemory.CONFIG);
}

const readSize = async (client: LibvirtClient, domain: Domain, flags: number, left: Left): Promise<ViewedSize> =>
  viewSize(parseXml('domain', await client.domains.xml(domain, { flags, ...left() })));
