/** The host name that a guest is told: the spec's, or one made from the name of the Instance. */
import { createHash } from 'node:crypto';
import type { GuestSystem } from '../../crds/vocabulary.ts';

/** RFC 1123 for one label; the API server's for the whole. */
const LABEL_MAX = 63;
/** Of a NetBIOS name: https://learn.microsoft.com/troubleshoot/windows-server/active-directory/naming-conventions-for-computer-domain-site-ou */
const WINDOWS_MAX = 15;

export interface Named {
  readonly uid: string;
  readonly name: string;
  /** What the spec says. */
  readonly hostname?: string | undefined;
  readonly os: GuestSystem;
}

/** Names of Windows guests that had to be cut stay different: the end is a hash of the uid. */
export function hostnameOf({ uid, name, hostname, os }: Named): string {
  if (hostname !== undefined) return hostname;
  const label = name.split('.')[0] ?? name;
  if (os !== 'Windows') return cut(label, LABEL_MAX);
  if (label.length <= WINDOWS_MAX && !isAllDigits(label)) return label;
  const suffix = createHash('sha256').update(uid).digest('hex').slice(0, 5);
  return `${cut(label, WINDOWS_MAX - suffix.length - 1)}-${suffix}`;
}

/** What Windows would not take, or cut by itself; undefined: nothing. */
export function hostnameProblem({ hostname, os }: Pick<Named, 'hostname' | 'os'>): string | undefined {
  if (hostname === undefined || os !== 'Windows') return undefined;
  const label = hostname.split('.')[0] ?? '';
  if (label.length > WINDOWS_MAX)
    return `spec.hostname begins with ${label}, and Windows takes at most ${WINDOWS_MAX} characters: shorten it`;
  return isAllDigits(label) ? `spec.hostname begins with ${label}, and Windows takes no name of digits alone: add a letter` : undefined;
}

const isAllDigits = (label: string): boolean => /^\d+$/.test(label);
const cut = (label: string, length: number): string => label.slice(0, length).replace(/-+$/, '');
