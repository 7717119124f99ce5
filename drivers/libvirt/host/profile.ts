/** What a host offers to guests, out of libvirt's capabilities: what a definition for it is built with. */
import type { HostFeature } from '../../hardware.ts';
import { attribute, child, children, parseXml, textOf, type XmlElement } from '../xml.ts';

export interface HostProfile {
  readonly architecture: string;
  /** Hardware virtualization only where a guest was seen running with it (virtualization.ts). */
  readonly domainType: 'kvm' | 'qemu';
  /** The machine type that the host's QEMU prefers, in full (`pc-i440fx-7.2`), so that it stays what it is after an upgrade. */
  readonly machineType: string;
  readonly cpu: XmlElement;
  readonly randomDevice: boolean;
  /** Absent: the host has no UEFI for guests. */
  readonly uefi?: { readonly machineType: string; readonly secureBoot: boolean };
  /** In libvirt's words; none: the host cannot make one. */
  readonly tpmModels: readonly string[];
  readonly videoModels: readonly string[];
  readonly cpuModes: readonly string[];
  /** Those that its hardware can be. */
  readonly cpuModels: readonly string[];
}

export function featuresOf({ architecture, uefi, tpmModels, randomDevice }: HostProfile): readonly HostFeature[] {
  return [
    ...(uefi === undefined ? [] : (['UEFI'] as const)),
    ...(uefi?.secureBoot === true ? (['SecureBoot'] as const) : []),
    ...(tpmModels.length === 0 ? [] : (['TPM'] as const)),
    ...(randomDevice ? (['RandomNumbers'] as const) : []),
    // The only model that every QEMU has is a PC's.
    ...(architecture === 'x86_64' || architecture === 'i686' ? (['Watchdog'] as const) : []),
  ];
}

/** Of `<capabilities>`. */
export interface HostCapabilities {
  readonly hostId: string;
  readonly architecture: string;
  readonly cpuModel: string;
  /** Domain types that libvirt believes in for the host's own architecture. */
  readonly domainTypes: readonly string[];
}

export function parseCapabilities(xml: string): HostCapabilities {
  const capabilities = parseXml('capabilities', xml);
  const cpu = child(capabilities, 'host', 'cpu');
  const architecture = textOf(child(cpu, 'arch'));
  const guests = children(capabilities, 'guest').flatMap((guest) => children(guest, 'arch'));
  const own = guests.filter((guest) => attribute(guest, 'name') === architecture);
  return {
    hostId: textOf(child(capabilities, 'host', 'uuid')).toLowerCase(),
    architecture,
    cpuModel: textOf(child(cpu, 'model')),
    domainTypes: own.flatMap((guest) => children(guest, 'domain').map((domain) => attribute(domain, 'type') ?? '')),
  };
}

/**
 * Of `<domainCapabilities>`, asked for without a machine type: libvirt then describes its preferred one. `uefiXml`: of the
 * machine type that UEFI goes with, where that is another one.
 */
export function parseDomainCapabilities(xml: string, uefiXml = xml): HostProfile {
  const capabilities = parseXml('domainCapabilities', xml);
  const domainType = textOf(child(capabilities, 'domain')) === 'kvm' ? 'kvm' : 'qemu';
  const modes = new Set(
    children(child(capabilities, 'cpu'), 'mode')
      .filter((mode) => attribute(mode, 'supported') === 'yes')
      .map((mode) => attribute(mode, 'name')),
  );
  return {
    architecture: textOf(child(capabilities, 'arch')),
    domainType,
    machineType: textOf(child(capabilities, 'machine')),
    cpu: cpuFor(domainType, modes),
    randomDevice: attribute(child(capabilities, 'devices', 'rng'), 'supported') === 'yes',
    ...uefiOf(parseXml('domainCapabilities', uefiXml)),
    tpmModels: valuesOf(child(capabilities, 'devices', 'tpm'), 'backendModel').includes('emulator')
      ? valuesOf(child(capabilities, 'devices', 'tpm'), 'model')
      : [],
    videoModels: valuesOf(child(capabilities, 'devices', 'video'), 'modelType'),
    cpuModes: [...modes].flatMap((mode) => mode ?? []),
    cpuModels: children(child(capabilities, 'cpu'), 'mode')
      .flatMap((mode) => (attribute(mode, 'name') === 'custom' ? children(mode, 'model') : []))
      .flatMap((model) => (attribute(model, 'usable') === 'no' ? [] : [textOf(model)])),
  };
}

function uefiOf(capabilities: XmlElement): Pick<HostProfile, 'uefi'> {
  const os = child(capabilities, 'os');
  if (!valuesOf(os, 'firmware').includes('efi')) return {};
  const secureBoot = valuesOf(child(os, 'loader'), 'secure').includes('yes');
  return { uefi: { machineType: textOf(child(capabilities, 'machine')), secureBoot } };
}

/** Of `<enum name=...>`; none where what has it is not supported. */
function valuesOf(element: XmlElement | undefined, name: string): readonly string[] {
  if (attribute(element, 'supported') !== 'yes') return [];
  const found = children(element, 'enum').find((one) => attribute(one, 'name') === name);
  return children(found, 'value').map(textOf);
}

/**
 * With hardware: the host's model, which libvirt spells out at start and which can migrate to like hosts. Emulated: all that
 * QEMU can emulate, since today's distributions do not boot on its oldest model.
 */
function cpuFor(domainType: 'kvm' | 'qemu', modes: ReadonlySet<string | undefined>): XmlElement {
  if (domainType === 'kvm' && modes.has('host-model')) return { '@mode': 'host-model' };
  if (modes.has('maximum')) return { '@mode': 'maximum' };
  return { '@mode': 'custom', '@match': 'exact', model: 'qemu64' };
}
