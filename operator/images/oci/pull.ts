/** The bytes of the disk image in an artifact of a registry, in order, once each; the digests of all that they come from are verified. */
import { createHash } from 'node:crypto';
import type { OciArtifact } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Clock } from '../../kernel/clock.ts';
import { download, type DownloadPolicy } from '../download/download.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
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

/** Rejects as `download` does, and with `InvalidSpec` where the artifact is not what it should be. `onSize` is told how long the file is, before its bytes come. */
export async function* pull(
  artifact: OciArtifact,
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
  for (const layer of candidates(layers, artifact.path)) if (yield* contentOf(on, layer, artifact.path, onSize)) return;
  throw noDisk(artifact.path);
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

/** A layer that is no archive is a file: the only one, or the one of that title. */
function candidates(layers: readonly Layer[], path: string | undefined): readonly Layer[] {
  const files = layers.filter(({ packing }) => packing === 'None');
  const titled = files.filter(({ title }) => path !== undefined && title === path.replace(/^\/+/, ''));
  if (titled.length > 0) return titled;
  const archives = layers.filter(({ packing }) => packing !== 'None');
  if (archives.length > 0) return archives;
  if (files.length === 1 && path === undefined) return files;
  throw noDisk(path);
}

/** Returns whether the file was in it. */
async function* contentOf(
  on: Pull,
  layer: Layer,
  path: string | undefined,
  onSize: (bytes: number) => void,
): AsyncGenerator<Uint8Array, boolean, undefined> {
  const blob = blobOf(on, layer);
  if (layer.packing !== 'None') return yield* fileIn(blob, layer.packing, path, on.policy.maxSizeBytes, onSize);
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

const noDisk = (path: string | undefined): DriverError =>
  new DriverError(
    'InvalidSpec',
    path === undefined
      ? 'The artifact has no file in a folder /disk, and is no single file: name it in oci.path'
      : `The artifact has no file ${path}`,
    { reason: 'NoDiskInArtifact' },
  );
