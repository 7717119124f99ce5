/**
 * Firmware, in libvirt's words, both ways. Which files on the host it is made of, libvirt chooses by what is asked of it,
 * and it keeps the machine's variables (NVRAM) in a file that goes by the machine's name.
 */
import type { Firmware } from '../../hardware.ts';
import type { HostProfile } from '../host/profile.ts';
import { attribute, child, children, type XmlElement } from '../xml.ts';

/** UEFI comes on a machine type that has all it may need, so that secure boot can be asked for later. */
export const machineTypeFor = (firmware: Firmware | undefined, host: HostProfile): string =>
  firmware?.type === 'UEFI' && host.uefi !== undefined ? host.uefi.machineType : host.machineType;

/** `<os>`. */
export function osElement(firmware: Firmware | undefined, host: HostProfile): XmlElement {
  const type = { '@arch': host.architecture, '@machine': machineTypeFor(firmware, host), '#text': 'hvm' };
  if (firmware?.type !== 'UEFI') return { type };
  const enabled = firmware.secureBoot ? 'yes' : 'no';
  // Keys that are not enrolled would check nothing.
  const feature = ['secure-boot', 'enrolled-keys'].map((name) => ({ '@enabled': enabled, '@name': name }));
  return { '@firmware': 'efi', type, firmware: { feature } };
}

/** Of `<features>`: keeps what the firmware protects from the guest. */
export const firmwareFeatures = (firmware: Firmware | undefined, host: HostProfile): XmlElement =>
  firmware?.secureBoot === true && host.architecture === 'x86_64' ? { smm: { '@state': 'on' } } : {};

/** Ports for what is plugged in later: unlike the older bus, this one has none to spare. */
const PORTS = 16;

export const firmwareControllers = (firmware: Firmware | undefined, host: HostProfile): readonly XmlElement[] =>
  firmware?.type === 'UEFI' && host.architecture === 'x86_64'
    ? Array.from({ length: PORTS + 1 }, (_, index) => ({
        '@type': 'pci',
        '@index': index,
        '@model': index === 0 ? 'pcie-root' : 'pcie-root-port',
      }))
    : [];

/** Of a definition, whoever wrote it. */
export function firmwareOf(domain: XmlElement): Firmware {
  const os = child(domain, 'os');
  const loader = child(os, 'loader');
  const type = attribute(os, 'firmware') === 'efi' || attribute(loader, 'type') === 'pflash' ? 'UEFI' : 'BIOS';
  const feature = children(child(os, 'firmware'), 'feature').find((one) => attribute(one, 'name') === 'secure-boot');
  return { type, secureBoot: (attribute(feature, 'enabled') ?? attribute(loader, 'secure')) === 'yes' };
}

export const firmwareText = ({ type, secureBoot }: Firmware): string => (secureBoot ? `${type} with secure boot` : type);

/** The firmware asked for is of another kind than the machine's: other hardware is around it, and nothing keeps its place. */
export const isOtherBoard = (asked: Firmware | undefined, before: XmlElement): boolean =>
  asked !== undefined && asked.type !== firmwareOf(before).type;

/** The variables were made for another kind of boot: they must begin anew. */
export const needsNewVariables = (asked: Firmware | undefined, before: XmlElement): boolean =>
  asked?.type === 'UEFI' && !isOtherBoard(asked, before) && asked.secureBoot !== firmwareOf(before).secureBoot;

/**
 * `<os>` and `<features>` of a definition in place of another. The machine type stays, and with the same firmware its files;
 * where none is asked for, too: a machine that was taken over boots by its own.
 */
export function withFirmwareOf(before: XmlElement, built: XmlElement, asked: Firmware | undefined): Pick<XmlElement, 'os' | 'features'> {
  const [os = {}, old = {}] = [child(built, 'os'), child(before, 'os')];
  const kept = { os: { ...os, type: carriedType(child(os, 'type') ?? {}, child(old, 'type')) }, features: built['features'] };
  const found = firmwareOf(before);
  if (found.type === 'BIOS') return kept;
  const files = { loader: old['loader'], nvram: old['nvram'] };
  if (asked !== undefined) return asked.secureBoot === found.secureBoot ? { ...kept, os: { ...kept.os, ...files } } : kept;
  const smm = child(before, 'features', 'smm');
  return {
    os: { ...kept.os, '@firmware': old['@firmware'], firmware: old['firmware'], ...files },
    features: { ...child(built, 'features'), ...(smm && { smm }) },
  };
}

function carriedType(type: XmlElement, old: XmlElement | undefined): XmlElement {
  const same = attribute(type, 'arch') === attribute(old, 'arch') && attribute(old, 'machine') !== undefined;
  return same ? { ...type, '@machine': attribute(old, 'machine') } : type;
}
