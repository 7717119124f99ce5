/** What a reference to an artifact in a registry says. Source: OCI Distribution Specification, "Pull". */
import type { OciArtifact } from '../../../crds/image.ts';

export interface Repository {
  /** `https://registry.example.com`: where its API is. */
  readonly origin: string;
  /** As people write it: what credentials are filed under. */
  readonly registry: string;
  readonly name: string;
  /** Tag or digest. */
  readonly version: string;
}

/** Docker's registry answers at another name than people write. */
const ALIASES: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** `reference` is as the schema has it. */
export function repositoryOf({ reference, plainHttp }: Pick<OciArtifact, 'reference' | 'plainHttp'>): Repository {
  const slash = reference.indexOf('/');
  const registry = reference.slice(0, slash);
  const [named = '', digest] = reference.slice(slash + 1).split('@');
  const [name = '', tag] = named.split(':');
  const origin = `${plainHttp === true ? 'http' : 'https'}://${ALIASES[registry] ?? registry}`;
  return { origin, registry, name, version: digest ?? tag ?? 'latest' };
}

export const manifestUrl = ({ origin, name }: Repository, version: string): URL => new URL(`/v2/${name}/manifests/${version}`, origin);

export const blobUrl = ({ origin, name }: Repository, digest: string): URL => new URL(`/v2/${name}/blobs/${digest}`, origin);
