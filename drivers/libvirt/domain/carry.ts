/**
 * What a new definition takes over from the one it replaces, so that a guest finds its hardware where it was: the machine
 * type, the controllers, and the address of every device that stays. libvirt would choose anew, and a card that moves to
 * another slot gets another name in the guest.
 */
import { attribute, child, children, type XmlElement } from '../xml.ts';

/** What a device is known by, of those kinds that have an address on a bus. Of the others there is at most one. */
const KEYS: Readonly<Record<string, (device: XmlElement) => string | undefined>> = {
  disk: (device) => attribute(child(device, 'target'), 'dev'),
  interface: (device) => attribute(child(device, 'mac'), 'address')?.toLowerCase(),
  channel: (device) => attribute(child(device, 'target'), 'name'),
  memballoon: () => '',
  rng: () => '',
};

export function carryOver(built: XmlElement, existing: XmlElement): XmlElement {
  const [devices, before] = [child(built, 'devices') ?? {}, child(existing, 'devices')];
  const carried = Object.entries(KEYS).map(([kind, keyOf]) => [
    kind,
    children(devices, kind).map((device) => withAddress(device, kind, keyOf, before)),
  ]);
  const controllers = children(before, 'controller');
  return {
    ...built,
    os: withMachineType(child(built, 'os'), child(existing, 'os')),
    devices: { ...devices, ...Object.fromEntries(carried), ...(controllers.length === 0 ? {} : { controller: controllers }) },
  };
}

function withAddress(
  device: XmlElement,
  kind: string,
  keyOf: (device: XmlElement) => string | undefined,
  before: XmlElement | undefined,
): XmlElement {
  const same = children(before, kind).find((other) => keyOf(other) === keyOf(device));
  const address = child(same, 'address');
  return address === undefined ? device : { ...device, address };
}

function withMachineType(os: XmlElement | undefined, before: XmlElement | undefined): XmlElement {
  const [type, old] = [child(os, 'type') ?? {}, child(before, 'type')];
  const same = attribute(type, 'arch') === attribute(old, 'arch') && attribute(old, 'machine') !== undefined;
  return { ...os, type: same ? { ...type, '@machine': attribute(old, 'machine') } : type };
}
