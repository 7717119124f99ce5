/**
 * Names that a definition carries so that a device is known again: libvirt keeps aliases of the user's own, which begin with
 * `ua-` and hold letters, digits, `_` and `-`.
 */
import type { MachineDisk } from '../../contract.ts';

const DISK_ROLES = ['root', 'config', 'ephemeral', 'swap', 'rescue'] as const satisfies readonly MachineDisk['role'][];

/** One key a disk, in the order given: `root`, `config`, `ephemeral-data`, and where they have no labels `ephemeral`, `ephemeral-2`, ... */
export function diskKeys(disks: readonly Pick<MachineDisk, 'role' | 'label'>[]): readonly string[] {
  const seen = new Map<string, number>();
  return disks.map(({ role, label }) => {
    if (label !== undefined) return `${role}-${label}`;
    const number = (seen.get(role) ?? 0) + 1;
    seen.set(role, number);
    return number === 1 ? role : `${role}-${number}`;
  });
}

export const diskAlias = (key: string): string => `ua-disk-${key}`;

/** The role and the label that an alias of ours names; undefined for any other alias. */
export function diskOfAlias(alias: string | undefined): Pick<MachineDisk, 'role' | 'label'> | undefined {
  const [, named, label] = /^ua-disk-([a-z]+)(?:-([a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?))?$/.exec(alias ?? '') ?? [];
  const role = DISK_ROLES.find((known) => known === named);
  return role && { role, ...(label === undefined ? {} : { label }) };
}

const INTERFACE_PREFIX = 'ua-nic-';

/** Whatever an alias cannot hold becomes `_` and its code, so that different names stay different. */
export const interfaceAlias = (name: string): string =>
  INTERFACE_PREFIX + name.replaceAll(/[^A-Za-z0-9-]/g, (character) => `_${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The name that an alias of ours stands for; undefined for any other alias. */
export function nameOfInterfaceAlias(alias: string | undefined): string | undefined {
  if (alias?.startsWith(INTERFACE_PREFIX) !== true) return undefined;
  const encoded = alias.slice(INTERFACE_PREFIX.length);
  return encoded.replaceAll(/_([0-9a-f]{4})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** `vda`, `vdb`, ... `vdz`, `vdaa`. */
export function diskTarget(bus: 'vd' | 'hd' | 'sd', index: number): string {
  const letters = index < 26 ? '' : String.fromCharCode(96 + Math.floor(index / 26));
  return `${bus}${letters}${String.fromCharCode(97 + (index % 26))}`;
}

/** Its number, from 0; the other way round. */
export const indexOfTarget = (target: string): number =>
  Array.from(target.slice(2)).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 96, 0) - 1;

/** What agents of QEMU guests look for, and libvirt too. */
export const AGENT_CHANNEL = 'org.qemu.guest_agent.0';
