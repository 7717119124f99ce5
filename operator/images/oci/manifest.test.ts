import { describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { chosenManifest, layersOf } from './manifest.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const entry = (letter: string, architecture?: string, os = 'linux') => ({
  digest: digest(letter),
  ...(architecture !== undefined && { platform: { os, architecture } }),
});

function answer(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    expect(error.label).toBe('InvalidSpec');
    return error.reason;
  }
}

describe('which manifest of an index', () => {
  const both = { manifests: [entry('a', 'amd64'), entry('b', 'arm64')] };

  test.each<[string, unknown, string | undefined, unknown]>([
    ['no index', { layers: [] }, 'x86_64', undefined],
    ['no document', 'text', 'x86_64', undefined],
    ['for the host', both, 'x86_64', digest('a')],
    ['for another', both, 'aarch64', digest('b')],
    ['for none', both, 's390x', 'NoUsablePlatform'],
    ['for a host that does not tell', both, undefined, 'NoUsablePlatform'],
    ['the only one, whatever it is for', { manifests: [entry('b', 'arm64')] }, 'x86_64', digest('b')],
    ['the only one, for nothing said', { manifests: [entry('a')] }, undefined, digest('a')],
    ['not what tells of it', { manifests: [entry('a', 'arm64'), entry('b', 'unknown', 'unknown')] }, 'x86_64', digest('a')],
    ['not of another system', { manifests: [entry('a', 'amd64', 'windows'), entry('b', 'amd64')] }, 'x86_64', digest('b')],
    ['none at all', { manifests: [] }, 'x86_64', 'NoUsablePlatform'],
    ['no digest', { manifests: [{}] }, 'x86_64', 'DamagedManifest'],
    ['another hash', { manifests: [{ digest: `sha512:${'a'.repeat(128)}` }] }, 'x86_64', 'DamagedManifest'],
    ['a digest that leads elsewhere', { manifests: [{ digest: '../../token' }] }, 'x86_64', 'DamagedManifest'],
    ['thousands', { manifests: Array.from({ length: 1000 }, () => entry('a')) }, 'x86_64', 'DamagedManifest'],
  ])('%s', (_, document, architecture, expected) => {
    expect(answer(() => chosenManifest(document, architecture))).toEqual(expected);
  });
});

describe('which layers', () => {
  test.each<[string, string, string]>([
    ['a tar', 'application/vnd.oci.image.layer.v1.tar', 'Tar'],
    ['a tar by gzip', 'application/vnd.oci.image.layer.v1.tar+gzip', 'TarGzip'],
    ['a tar by zstd', 'application/vnd.oci.image.layer.v1.tar+zstd', 'TarZstd'],
    ['a tar of Docker', 'application/vnd.docker.image.rootfs.diff.tar.gzip', 'TarGzip'],
    ['an artifact', 'application/vnd.example.disk.qcow2', 'None'],
    ['nothing said', '', 'None'],
  ])('%s', (_, mediaType, packing) => {
    expect(layersOf({ layers: [{ mediaType, digest: digest('a'), size: 1 }] })).toMatchObject([{ packing, sizeBytes: 1 }]);
  });

  test('uppermost first', () => {
    const layers = ['a', 'b'].map((letter) => ({ digest: digest(letter), size: 1 }));
    expect(layersOf({ layers }).map((layer) => layer.digest)).toEqual([digest('b'), digest('a')]);
  });

  test.each<[string, unknown, string]>([
    ['none', { layers: [] }, 'NoDiskInArtifact'],
    ['no list', { layers: 'x' }, 'NoDiskInArtifact'],
    ['of an old manifest', { fsLayers: [] }, 'NoDiskInArtifact'],
    ['no size', { layers: [{ digest: digest('a') }] }, 'DamagedManifest'],
    ['a size that is none', { layers: [{ digest: digest('a'), size: -1 }] }, 'DamagedManifest'],
    ['nothing in it', { layers: [null] }, 'DamagedManifest'],
  ])('refused: %s', (_, document, reason) => {
    expect(answer(() => layersOf(document))).toBe(reason);
  });
});
