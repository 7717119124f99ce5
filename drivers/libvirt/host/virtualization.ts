/**
 * Whether guests really run on this host's KVM. That it is there, opens and is listed by libvirt does not say so (a nested
 * or trimmed-down one may refuse what QEMU needs), so one is tried: a guest with nothing to boot from, whose firmware gives
 * up and reboots, which for this guest is the end. Working hardware does that in half a second.
 */
import { randomUUID } from 'node:crypto';
import { DomainStart, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { pause, type Left } from '../time.ts';
import { buildXml } from '../xml.ts';
import type { HostProfile } from './profile.ts';

export type Virtualization =
  | { readonly kind: 'Hardware' }
  /** The host has none, or hides it. */
  | { readonly kind: 'None' }
  /** It is there, and no guest runs on it. */
  | { readonly kind: 'Broken'; readonly message: string }
  /** The guest started and did not get far in time, as on a host that is busy: asked again at the next connection. */
  | { readonly kind: 'Unproven'; readonly message: string };

/** Guests of this name are ours, live for a moment, and are reported by nobody. */
export const PROBE_NAME_PREFIX = 'hostler-probe-';
const LONGEST_PROBE_MS = 5_000;
const LOOK_EVERY_MS = 50;

export async function probeHardware(client: LibvirtClient, profile: HostProfile, left: Left): Promise<Virtualization> {
  // Only PC firmware is known to end like that.
  if (profile.architecture !== 'x86_64') return { kind: 'Hardware' };
  const uuid = randomUUID();
  try {
    await client.domains.createTransient(buildXml('domain', probeElement(uuid, profile)), { flags: DomainStart.AUTODESTROY, ...left() });
  } catch (error) {
    if (error instanceof LibvirtError) return { kind: 'Broken', message: oneLine(error.message) };
    throw error;
  }
  // The rest of connecting needs its time, too.
  const waitMs = Math.min(LONGEST_PROBE_MS, left().timeoutMs / 2);
  for (let waited = 0; waited < waitMs; waited += LOOK_EVERY_MS) {
    if ((await client.domains.lookupByUuid(uuid, left())) === undefined) return { kind: 'Hardware' };
    await pause(LOOK_EVERY_MS, left);
  }
  await client.domains.destroy({ uuid }, left()).catch((error: unknown) => {
    if (!(error instanceof LibvirtError)) throw error; // it ended in this moment
  });
  return { kind: 'Unproven', message: `a guest did not get through its firmware within ${waitMs / 1000} s` };
}

/** With the CPU that real guests get: it is what fails where hardware is only half there. */
function probeElement(uuid: string, { domainType, architecture, machineType, cpu }: HostProfile) {
  return {
    '@type': domainType,
    name: `${PROBE_NAME_PREFIX}${uuid.slice(0, 8)}`,
    uuid,
    memory: { '@unit': 'MiB', '#text': 16 },
    vcpu: 1,
    os: { type: { '@arch': architecture, '@machine': machineType, '#text': 'hvm' }, bios: { '@rebootTimeout': 0 } },
    cpu,
    on_reboot: 'destroy',
    devices: { controller: { '@type': 'usb', '@model': 'none' }, memballoon: { '@model': 'none' } },
  };
}

/** Without the times and program names that QEMU begins its lines with. */
const oneLine = (message: string): string =>
  message
    .replaceAll(/\S+Z qemu-system-\S+: /g, '')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 300);
