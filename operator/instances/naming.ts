/**
 * Names of things on hosts, all from this one file: safe characters, at most 100 bytes with every suffix that a host adds.
 *
 * Whatever must not be mixed up carries the whole uid of its Instance, so two Instances never share a name. The rest of
 * a machine's name is for people who look at the host.
 */
import { createHash } from 'node:crypto';

/** Longest machine name; leaves room for what is put behind it (`-rescue`, `.nvram`, `.log`). */
export const MACHINE_NAME_MAX = 80;
export type DiskNameRole = 'root' | 'ephemeral' | 'swap';

/** `<namespace>.<name>-<uid in base 36>`: what `virsh list` shows. */
export function machineName({ namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string }): string {
  const suffix = `-${shortUid(uid)}`;
  const readable = safe(`${namespace}.${name}`).slice(0, MACHINE_NAME_MAX - suffix.length);
  return `${readable}${suffix}`;
}

/** What every disk made for an Instance begins with, and no other disk does. */
export const diskPrefix = (uid: string): string => `${safe(uid)}-`;

/** Disks are never renamed: a new incarnation gets a new name, and the machine says which one is current. */
export const diskName = (uid: string, role: DiskNameRole, incarnation = 1): string => `${diskPrefix(uid)}${role}-${incarnation}`;

/** Longest name of a disk. */
export const MAX_DISK_NAME = 100;

/** As `diskName`, of one of several ephemeral disks: `<uid>-ephemeral-<label>-1`. */
export const ephemeralDiskName = (uid: string, label: string, incarnation = 1): string =>
  `${diskPrefix(uid)}ephemeral-${label}-${incarnation}`;

/** Which incarnation a disk of that name is of, whatever its role; undefined: it is none of those made for the owner. */
export function incarnationOf(name: string, owner: string): number | undefined {
  const prefix = diskPrefix(owner);
  const [, incarnation] = (name.startsWith(prefix) ? INCARNATION.exec(name.slice(prefix.length)) : null) ?? [];
  return incarnation === undefined ? undefined : Number(incarnation);
}

const INCARNATION = /^(?:root|swap|ephemeral(?:-[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)?)-(\d{1,9})(?:\.\d{1,9})*$/;

/** Of whatever Instance and incarnation. */
export const isRootDisk = (name: string): boolean => ROOT_DISK.test(name);

/** Another one holds something else; what a resize makes of it holds what it held. Undefined: it is no root disk of ours. */
export const rootIncarnation = (name: string): string | undefined => ROOT_DISK.exec(name)?.[1];

const ROOT_DISK = /-root-(\d{1,9})(?:\.\d{1,9})*$/;

/** What an InstanceSnapshot becomes on the host. Not the Instance's: it outlives that. */
export const snapshotVolume = (snapshotUid: string): string => `snapshot-${safe(snapshotUid)}`;

/** A config drive is named by what is on it: other files are another disk, and the same are never written twice. */
export const configDriveName = (uid: string, contentHash: string): string => `${configDrivePrefix(uid)}${contentHash.slice(0, 8)}`;

export const configDrivePrefix = (uid: string): string => `${diskPrefix(uid)}config-`;

/** Disks that a rescue is made with, and nothing else. */
export const rescuePrefix = (uid: string): string => `${diskPrefix(uid)}rescue-`;

/** Named by what it is made from. */
export const rescueDiskName = (uid: string, baseKey: string): string =>
  `${rescuePrefix(uid)}${createHash('sha256').update(baseKey).digest('hex').slice(0, 8)}`;

export const rescueDriveName = (uid: string, contentHash: string): string => `${rescuePrefix(uid)}config-${contentHash.slice(0, 8)}`;

/** Whoever it was made for. */
export const isRescueDisk = (name: string): boolean => RESCUE_DISK.test(name);

const RESCUE_DISK = /-rescue-(config-)?[0-9a-f]{8}$/;

/** The uid that a config drive was made for, by its name; undefined: it is no config drive of ours. */
export const configDriveOwner = (name: string): string | undefined => CONFIG_DRIVE.exec(name)?.[1];

const CONFIG_DRIVE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-config-[0-9a-f]{8}$/;

/** Stays the same for the life of the interface: locally administered (x2), unicast. `owner` is the uid that the machine was made for. */
export function macAddress(owner: string, interfaceName: string): string {
  const digest = createHash('sha256').update(`${owner}/${interfaceName}`).digest();
  const bytes = [((digest[0] ?? 0) & 0xf0) | 0x02, ...digest.subarray(1, 6)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** All 128 bits in at most 25 characters; what is no UUID goes through a hash first. */
function shortUid(uid: string): string {
  const hex = uid.replaceAll('-', '').toLowerCase();
  const digits = /^[0-9a-f]{32}$/.test(hex) ? hex : createHash('sha256').update(uid).digest('hex').slice(0, 32);
  return BigInt(`0x${digits}`).toString(36).padStart(25, '0');
}

/** Letters, digits, dots and dashes; never at the ends anything that a shell or a path could take for something else. */
const safe = (text: string): string => text.replace(/[^A-Za-z0-9.-]/g, '_').replace(/^[^A-Za-z0-9]+/, '');
