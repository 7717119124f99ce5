/** Images in a real registry (docker-registry, over TLS, with a password), as container disks and as artifacts. */
import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import type { ImageSource, OciArtifact, OciSource } from '../../../crds/image.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { type Blob, REGISTRY_PASSWORD, REGISTRY_USER, TestRegistry } from '../../../e2e/environment/registry.ts';
import { systemClock } from '../../kernel/clock.ts';
import { VerifiedContent } from '../content.ts';
import { denyAddresses } from '../download/addresses.ts';

const TAR = 'application/vnd.oci.image.layer.v1.tar';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const FILE = 'application/vnd.example.disk';
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

let registry: TestRegistry;
let disk: Buffer;
let withBacking: Buffer;

beforeAll(async () => {
  registry = await TestRegistry.start(join(testDir, `registry-${process.pid}`));
  const dir = mkdtempSync(join(tmpdir(), 'hostler-oci-'));
  writeFileSync(join(dir, 'content.raw'), randomBytes(3 * 2 ** 20));
  execFileSync('qemu-img', ['convert', '-O', 'qcow2', join(dir, 'content.raw'), join(dir, 'disk.qcow2')]);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', join(dir, 'content.raw'), join(dir, 'overlay.qcow2')]);
  disk = readFileSync(join(dir, 'disk.qcow2'));
  withBacking = readFileSync(join(dir, 'overlay.qcow2'));
  rmSync(dir, { recursive: true });
}, 60_000);
afterAll(() => registry.stop());

async function tarOf(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const layer = async (files: Readonly<Record<string, Uint8Array>>): Promise<Blob> => ({ mediaType: TAR, content: await tarOf(files) });
const on = (descriptor: object, architecture: string) => ({ ...descriptor, platform: { os: 'linux', architecture } });

const dockerConfig = (password: string, host = registry.host): Buffer =>
  Buffer.from(JSON.stringify({ auths: { [host]: { auth: Buffer.from(`${REGISTRY_USER}:${password}`).toString('base64') } } }));

interface Asked extends Partial<OciArtifact> {
  readonly config?: Buffer;
  readonly content?: Uint8Array;
  readonly format?: ImageSource['format'];
}

/** `<bytes> verified`, or the reason of the failure. */
async function fetched(reference: string, { config, content = disk, format = 'qcow2', ...more }: Asked = {}): Promise<string> {
  const oci = { reference: `${registry.host}/${reference}`, pullSecretName: 'pull', ...more };
  const source: OciSource = { format, oci, checksum: { sha256: sha256(content) } };
  const policy = {
    addresses: denyAddresses([]),
    trustedCertificates: registry.authority,
    maxRedirects: 1,
    maxSizeBytes: 2 ** 24,
    maxVirtualSizeBytes: 2 ** 30,
    minBytesPerMinute: 0,
    minBytesPerConnection: 1,
    reconnectPauseMs: 1,
    stallMs: 10_000,
    maxFailuresInARow: 1,
  };
  const verified = new VerifiedContent(source, {
    policy,
    clock: systemClock,
    signal: new AbortController().signal,
    readable: () => Promise.reject(new Error('nobody asks')),
    dockerConfig: () => Promise.resolve(config ?? dockerConfig(REGISTRY_PASSWORD)),
    architecture: 'x86_64',
  });
  const chunks: Uint8Array[] = [];
  try {
    await verified.open();
    expect(verified.progress.totalBytes).toBe(content.length);
    for await (const chunk of verified) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    return `${verified.verified().sizeBytes} verified`;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    expect(error.message).not.toContain(REGISTRY_PASSWORD);
    return error.reason;
  } finally {
    await verified.close();
  }
}

const whole = (): string => `${disk.length} verified`;

test.each<[string, string, (tar: Buffer) => Uint8Array]>([
  ['as it is', TAR, (tar) => tar],
  ['by gzip', `${TAR}+gzip`, (tar) => gzipSync(tar)],
  ['by gzip, as Docker calls it', 'application/vnd.docker.image.rootfs.diff.tar.gzip', (tar) => gzipSync(tar)],
  ['by zstd', `${TAR}+zstd`, (tar) => zstdCompressSync(tar)],
])('a container disk, its layer packed %s', async (_, mediaType, packed) => {
  const tar = await tarOf({ 'etc/passwd': Buffer.from('x'), 'disk/demo.qcow2': disk, 'disk/zz.qcow2': withBacking });
  const { digest } = await registry.push('disks/demo', '1.0', [{ mediaType, content: packed(tar) }]);
  expect(await fetched('disks/demo:1.0')).toBe(whole());
  expect(await fetched(`disks/demo@${digest}`)).toBe(whole());
  expect(await fetched('disks/demo:1.0', { path: '/etc/passwd', content: Buffer.from('x'), format: 'raw' })).toBe('1 verified');
  expect(await fetched('disks/demo:1.0', { path: 'etc/shadow' })).toBe('NoDiskInArtifact');
});

test('the uppermost layer that has the file counts', async () => {
  const layers = [await layer({ 'disk/old.qcow2': withBacking }), await layer({ 'disk/new.qcow2': disk }), await layer({ readme: disk })];
  await registry.push('disks/layered', 'latest', layers);
  expect(await fetched('disks/layered')).toBe(whole());
});

test('an artifact whose only layer is the file, and one of several by its title', async () => {
  await registry.push('disks/file', 'one', [{ mediaType: FILE, content: disk }]);
  expect(await fetched('disks/file:one')).toBe(whole());
  const titled = (title: string, content: Uint8Array): Blob => ({
    mediaType: FILE,
    content,
    annotations: { 'org.opencontainers.image.title': title },
  });
  await registry.push('disks/file', 'two', [titled('a.qcow2', disk), titled('b.qcow2', withBacking)]);
  expect(await fetched('disks/file:two', { path: 'a.qcow2' })).toBe(whole());
  expect(await fetched('disks/file:two')).toBe('NoDiskInArtifact');
});

test('of an index the manifest for the host', async () => {
  const other = await registry.push('disks/index', 'arm', [{ mediaType: FILE, content: withBacking }]);
  const fitting = await registry.push('disks/index', 'amd', [{ mediaType: FILE, content: disk }]);
  const manifests = [on(other, 'arm64'), on(fitting, 'amd64'), on(other, 'unknown')];
  await registry.pushManifest('disks/index', 'all', { schemaVersion: 2, mediaType: INDEX, manifests });
  expect(await fetched('disks/index:all')).toBe(whole());
  const elsewhere = [on(other, 'arm64'), on(fitting, 's390x')];
  await registry.pushManifest('disks/index', 'none', { schemaVersion: 2, mediaType: INDEX, manifests: elsewhere });
  expect(await fetched('disks/index:none')).toBe('NoUsablePlatform');
});

test('what is not what the Image says is refused, however it is packed', async () => {
  await registry.push('disks/bad', 'backing', [{ mediaType: `${TAR}+gzip`, content: gzipSync(await tarOf({ 'disk/x': withBacking })) }]);
  expect(await fetched('disks/bad:backing', { content: withBacking })).toBe('UnsafeImage');
  await registry.push('disks/bad', 'other', [{ mediaType: FILE, content: Buffer.concat([disk, Buffer.alloc(512)]) }]);
  expect(await fetched('disks/bad:other', { content: Buffer.concat([disk, Buffer.alloc(512, 1)]) })).toBe('ChecksumMismatch');
  await registry.push('disks/bad', 'bomb', [{ mediaType: `${TAR}+gzip`, content: gzipSync(await tarOf({ junk: Buffer.alloc(2 ** 26) })) }]);
  expect(await fetched('disks/bad:bomb')).toBe('ImageTooLarge');
  await registry.push('disks/bad', 'cut', [
    { mediaType: `${TAR}+gzip`, content: gzipSync(await tarOf({ 'disk/x': disk })).subarray(0, 2 ** 20) },
  ]);
  expect(await fetched('disks/bad:cut')).toBe('DamagedImage');
});

test('a layer that was changed in the registry is found out', async () => {
  const content = Buffer.concat([disk, randomBytes(512)]);
  await registry.push('disks/spoilt', 'x', [{ mediaType: FILE, content }]);
  registry.spoil(`sha256:${sha256(content)}`);
  expect(await fetched('disks/spoilt:x', { content })).toBe('DigestMismatch');
});

test('who asks must have the password, and it is for this registry alone', async () => {
  await registry.push('disks/secret', 'x', [{ mediaType: FILE, content: disk }]);
  expect(await fetched('disks/secret:x', { config: dockerConfig('wrong') })).toBe('SourceRefused');
  expect(await fetched('disks/secret:x', { config: dockerConfig(REGISTRY_PASSWORD, 'other.example.com') })).toBe('SourceRefused');
  expect(await fetched('disks/secret:x', { config: Buffer.from('{"auths') })).toBe('SourceSecretInvalid');
  expect(await fetched('disks/nothing:x')).toBe('SourceRefused');
});
