/**
 * What a new definition takes over from the one it replaces, so that a guest finds its hardware where it was: the machine
 * type, the controllers, and the address of every device that stays. libvirt would choose anew, and a card that moves to
 * another slot gets another name in the guest.
 */
import type { Firmware } from '../../hardware.ts';
import { attribute, child, children, type XmlElement } from '../xml.ts';
import { isOtherBoard, withFirmwareOf } from './firmware.ts';

/** What a device is known by, of those kinds that have an address on a bus. Of the others there is at most one. */
const KEYS: Readonly<Record<string, (device: XmlElement) => string | undefined>> = {
  disk: (device) => attribute(child(device, 'target'), 'dev'),
  interface: (device) => attribute(child(device, 'mac'), 'address')?.toLowerCase(),
  channel: (device) => attribute(child(device, 'target'), 'name'),
  memballoon: () => '',
  rng: () => '',
  watchdog: () => '',
  // The address belongs to a kind of card: without one there is none, and the bus keeps a place for some.
  video: (device) => attribute(child(device, 'model'), 'type'),
};

/** `firmware`: as it is asked for. */
export function carryOver(built: XmlElement, existing: XmlElement, firmware?: Firmware): XmlElement {
  if (isOtherBoard(firmware, existing)) return built;
  const [devices, before] = [child(built, 'devices') ?? {}, child(existing, 'devices')];
  const carried = Object.entries(KEYS).map(([kind, keyOf]) => [
    kind,
    children(devices, kind).map((device) => withAddress(device, kind, keyOf, before)),
  ]);
  const controllers = children(before, 'controller');
  return {
    ...built,
    ...withFirmwareOf(existing, built, firmware),
    devices: {
      ...devices,
      ...Object.fromEntries(carried),
      ...keptTpm(devices, before),
      ...(controllers.length === 0 ? {} : { controller: controllers }),
    },
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

/** What is in it is lost with it: it goes only with the machine. */
function keptTpm(devices: XmlElement, before: XmlElement | undefined): XmlElement {
  const tpm = child(before, 'tpm');
  return tpm === undefined || devices['tpm'] !== undefined ? {} : { tpm };
}
