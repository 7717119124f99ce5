/** The versions that the driver works with. */
import type { Version } from 'node-libvirt';
import { DriverError } from '../../labels.ts';

interface Requirement {
  readonly minimum: Version;
  /** Below it the host works today, and will not with a later release of ours. */
  readonly comingMinimum: Version;
}

const version = (major: number, minor: number, release: number): Version => ({ major, minor, release });

const REQUIRED: Readonly<Record<string, Requirement>> = {
  libvirt: { minimum: version(8, 0, 0), comingMinimum: version(9, 0, 0) },
  QEMU: { minimum: version(6, 2, 0), comingMinimum: version(7, 2, 0) },
};

export const versionText = ({ major, minor, release }: Version): string => `${major}.${minor}.${release}`;

/** Throws `Unsupported`, with all versions named; returns warnings. */
export function checkVersions(found: Readonly<Record<string, Version>>): readonly string[] {
  const entries = Object.entries(found).flatMap(([name, version]) => {
    const required = REQUIRED[name];
    return required === undefined ? [] : [{ name, version, ...required }];
  });
  if (entries.some(({ version, minimum }) => isOlder(version, minimum))) {
    const have = entries.map(({ name, version }) => `${name} ${versionText(version)}`).join(' and ');
    const need = entries.map(({ name, minimum }) => `${name} ${versionText(minimum)}`).join(' and ');
    throw new DriverError('Unsupported', `the host has ${have}; at least ${need} are needed`, { reason: 'VersionTooOld' });
  }
  return entries
    .filter(({ version, comingMinimum }) => isOlder(version, comingMinimum))
    .map(
      ({ name, version, comingMinimum }) =>
        `${name} ${versionText(version)} will soon be too old: ${versionText(comingMinimum)} or later will be needed`,
    );
}

function isOlder(left: Version, right: Version): boolean {
  if (left.major !== right.major) return left.major < right.major;
  if (left.minor !== right.minor) return left.minor < right.minor;
  return left.release < right.release;
}
