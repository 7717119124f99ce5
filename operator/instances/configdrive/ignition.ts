/**
 * User data for Ignition: the user's config as it is; with vendor data or files around it, a config that merges them all.
 *
 * Source: https://coreos.github.io/ignition/configuration-v3_0/
 */
import { encoded, type GuestFile } from './guest-config.ts';

export interface IgnitionParts {
  readonly userData?: Uint8Array | undefined;
  readonly vendorData?: Uint8Array | undefined;
  readonly files: readonly GuestFile[];
}

export function ignitionConfig({ userData, vendorData, files }: IgnitionParts): Uint8Array | undefined {
  if (vendorData === undefined && files.length === 0) return userData;
  // Later ones win: what is in the user data stands. Each is read by the rules of its own version.
  const configs = [vendorData, userData].filter((config) => config !== undefined);
  const merge = configs.map((config) => ({ source: dataUrl(config) }));
  return encoded(
    JSON.stringify({
      ignition: { version: '3.0.0', ...(merge.length === 0 ? {} : { config: { merge } }) },
      ...(files.length === 0 ? {} : { storage: { files: files.map(fileEntry) } }),
    }),
  );
}

/** Why Ignition would refuse it; undefined: it is a config. `mergeable`: it is to be merged, which version 2 cannot. */
export function ignitionProblem(content: Uint8Array, mergeable: boolean): string | undefined {
  const version = versionOf(content);
  if (version === undefined) return 'is no Ignition config (JSON with ignition.version; a Butane config must be translated first)';
  if (mergeable && !version.startsWith('3.'))
    return 'is of an Ignition version before 3, which vendor data and files cannot be merged with';
  return undefined;
}

function versionOf(content: Uint8Array): string | undefined {
  try {
    const config = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as { ignition?: { version?: unknown } } | null;
    const version = config?.ignition?.version;
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

function fileEntry({ path, content, mode = '0644', owner = 'root' }: GuestFile): unknown {
  const [user = '', group] = owner.split(':');
  return {
    path,
    overwrite: true,
    mode: Number.parseInt(mode, 8),
    user: who(user),
    ...(group === undefined ? {} : { group: who(group) }),
    contents: { source: dataUrl(content) },
  };
}

const who = (name: string): unknown => (/^\d+$/.test(name) ? { id: Number(name) } : { name });
const dataUrl = (content: Uint8Array): string => `data:;base64,${Buffer.from(content).toString('base64')}`;
