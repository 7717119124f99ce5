/** The bytes of the disk image in an artifact of a registry, in order, once each; the digests of all that they come from are verified. */
import { createHash } from 'node:crypto';
import type { OciArtifact } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import { download, type DownloadPolicy } from '../download/download.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import { candidates, diskNotFound } from './layers.ts';
import { chosenManifest, type Layer, layersOf } from './manifest.ts';
import { blobUrl, type Repository, repositoryOf } from './reference.ts';
import { Registry } from './registry.ts';
import { fileIn } from './unpack.ts';

/** What a pull needs of the place where it is made. */
export interface PullAround {
  /** Of the Secret of that name; rejects where it cannot be had. */
  readonly dockerConfig: (secretName: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** Of the host, as Linux calls it. */
  readonly architecture: string | undefined;
}

interface Pull {
  readonly repository: Repository;
  readonly registry: Registry;
  readonly policy: DownloadPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Rejects as `download` does, and with `InvalidSpec` where the artifact is not what it should be: before any of a layer is
 * asked for, where the manifest tells. `onSize` is told how long the file is, before its bytes come.
 */
export async function* pull(
  { artifact, sha256 }: { readonly artifact: OciArtifact; readonly sha256: string },
  around: PullAround,
  policy: DownloadPolicy,
  clock: Clock,
  signal: AbortSignal,
  onSize: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const repository = repositoryOf(artifact);
  const credentials = await credentialsOf(artifact, repository, around, signal);
  const registry = new Registry(repository, credentials, policy, clock, signal);
  const on: Pull = { repository, registry, policy, clock, signal };
  const layers = await findLayers(registry, repository.version, around.architecture);
  const expected = { path: artifact.path, sha256, maxSizeBytes: policy.maxSizeBytes };
  for (const layer of candidates(layers, expected)) if (yield* contentOf(on, layer, artifact.path, onSize)) return;
  throw diskNotFound(artifact.path);
}

async function credentialsOf(
  { pullSecretName }: OciArtifact,
  { registry }: Repository,
  { dockerConfig }: PullAround,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  return pullSecretName === undefined ? undefined : credentialsFor(registry, await dockerConfig(pullSecretName, signal));
}

async function findLayers(registry: Registry, version: string, architecture: string | undefined): Promise<readonly Layer[]> {
  const document = await registry.manifest(version);
  const chosen = chosenManifest(document, architecture);
  return layersOf(chosen === undefined ? document : await registry.manifest(chosen));
}

/** Returns whether the file was in it. */
async function* contentOf(
  on: Pull,
  layer: Layer,
  path: string | undefined,
  onSize: (bytes: number) => void,
): AsyncGenerator<Uint8Array, boolean, undefined> {
  const blob = blobOf(on, layer);
  if (layer.packing === 'Tar' || layer.packing === 'TarGzip' || layer.packing === 'TarZstd')
    return yield* fileIn(blob, layer.packing, path, on.policy.maxSizeBytes, onSize);
  onSize(layer.sizeBytes);
  yield* blob;
  return true;
}

async function* blobOf({ repository, registry, policy, clock, signal }: Pull, layer: Layer): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  const url = blobUrl(repository, layer.digest);
  for await (const chunk of download(url, policy, clock, signal, () => undefined, registry.authorization)) {
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` === layer.digest) return;
  throw new DriverError('InvalidSpec', `A layer of ${repository.registry}/${repository.name} is not what its digest says`, {
    reason: 'DigestMismatch',
  });
}
