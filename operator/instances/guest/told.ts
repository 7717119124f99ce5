/**
 * What a guest tells of itself, as status keeps it. Pure.
 *
 * The guest is not trusted with the size of the object, nor with what the API takes: texts and lists are cut, and what is
 * no address is left out. What changes all the time (what is free on a disk) is not kept: status is written when it changed.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  GuestFileSystem as StoredFileSystem,
  GuestInterface as StoredInterface,
  GuestStatus,
  InstanceAddress,
} from '../../../crds/instance.ts';
import { formatQuantity } from '../../../crds/quantity.ts';
import { GUEST_LIMITS as MOST } from '../../../crds/vocabulary.ts';
import type { GuestFileSystem, GuestInterface, GuestReport } from '../../../drivers/guest.ts';
import { cutBytes } from '../../kernel/events/text.ts';
import { instant } from '../instant.ts';

/** Interface names in the spec, by MAC. */
export type InterfaceNames = ReadonlyMap<string, string>;

/** `before`: what status holds; it stays, with its time, while the guest tells the same. */
export function guestStatus(report: GuestReport, names: InterfaceNames, before: GuestStatus | undefined, now: number): GuestStatus {
  // One that is frozen tells little: what it told before stands.
  const told = { ...(report.frozen === true ? partsOf(before) : {}), ...toldBy(report, names) };
  return before !== undefined && isDeepStrictEqual(told, partsOf(before)) ? before : { observedAt: instant(now), ...told };
}

function partsOf(status: GuestStatus | undefined): Omit<GuestStatus, 'observedAt'> {
  const { agentVersion, hostname, os, interfaces, fileSystems } = status ?? {};
  return present({ agentVersion, hostname, os, interfaces, fileSystems });
}

function toldBy(
  { agentVersion, hostname, os, interfaces, fileSystems }: GuestReport,
  names: InterfaceNames,
): Omit<GuestStatus, 'observedAt'> {
  return present({
    agentVersion: word(agentVersion),
    hostname: word(hostname),
    os: os && present({ id: word(os.id), name: word(os.name), version: word(os.version), kernel: word(os.kernel) }),
    interfaces: interfaces
      ?.filter(({ name, mac, addresses }) => name !== '' && mac !== NO_MAC && !addresses.some(isLoopback))
      .slice(0, MOST.interfaces)
      .map((each) => interfaceTold(each, names)),
    fileSystems: fileSystems
      ?.filter(({ mountpoint, type }) => mountpoint !== '' && type !== '')
      .slice(0, MOST.fileSystems)
      .map(fileSystemTold),
  });
}

const interfaceTold = ({ name, mac, addresses }: GuestInterface, names: InterfaceNames): StoredInterface => ({
  name: cutBytes(name, MOST.text),
  ...present({ interfaceName: names.get(mac ?? ''), macAddress: word(mac, MOST.mac) }),
  addresses: addresses.filter(isAddress).slice(0, MOST.addresses),
});

const fileSystemTold = ({ mountpoint, type, device, sizeBytes }: GuestFileSystem): StoredFileSystem => ({
  mountpoint: cutBytes(mountpoint, MOST.path),
  type: cutBytes(type, MOST.text),
  ...present({ device: word(device, MOST.path), size: sizeBytes === undefined ? undefined : formatQuantity(sizeBytes) }),
});

/** Addresses by which others may reach the guest, of the interfaces that the spec names. */
export function guestAddresses(report: GuestReport, names: InterfaceNames): readonly InstanceAddress[] {
  return (report.interfaces ?? []).flatMap(({ mac, addresses }) => {
    const interfaceName = names.get(mac ?? '');
    if (interfaceName === undefined) return [];
    return addresses.filter((address) => isAddress(address) && !isLinkLocal(address)).map((address) => ({ address, interfaceName }));
  });
}

export const isAddress = (text: string): boolean => /^[0-9a-fA-F:.]{2,45}$/.test(text);
/** Of the loopback interface, which may be down and without addresses. */
const NO_MAC = '00:00:00:00:00:00';
const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address) || address.startsWith('169.254.');

const word = (text: string | undefined, most: number = MOST.text): string | undefined =>
  text === undefined || text === '' ? undefined : cutBytes(text, most);

/** Without the fields that are absent. */
function present<T extends object>(fields: T): { readonly [Field in keyof T]?: NonNullable<T[Field]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [Field in keyof T]?: NonNullable<T[Field]>;
  };
}
