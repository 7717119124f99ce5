/** What passes between us and a registry, seen by the registry; how a real one answers is in registry.integration.test.ts. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { systemClock } from '../../kernel/clock.ts';
import { denyAddresses } from '../download/addresses.ts';
import { type Answer, serve, stopServers } from '../testing/web-server.ts';
import { pull } from './pull.ts';

afterEach(stopServers);

const content = Buffer.from('the disk');
const sha256 = createHash('sha256').update(content).digest('hex');
const digest = `sha256:${sha256}`;
const manifest = JSON.stringify({ layers: [{ mediaType: 'x', digest, size: content.length }] });
const json =
  (text: string): Answer =>
  (_, response) =>
    response.end(text);
const challenge =
  (header: string): Answer =>
  (_, response) =>
    response.writeHead(401, { 'www-authenticate': header }).end();
const blob: Answer = (_, response) => response.end(content);

async function pulled(url: URL, over: { readonly denied?: readonly string[] } = {}): Promise<string> {
  const policy = {
    addresses: denyAddresses([...(over.denied ?? [])]),
    maxRedirects: 2,
    maxSizeBytes: 1e6,
    minBytesPerMinute: 0,
    minBytesPerConnection: 1,
    reconnectPauseMs: 1,
    stallMs: 500,
    maxFailuresInARow: 0,
  };
  const artifact = { reference: `${url.host}/a/demo:1`, plainHttp: true, pullSecretName: 's' };
  const dockerConfig = async () =>
    Promise.resolve(Buffer.from(JSON.stringify({ auths: { [url.host]: { username: 'me', password: 'secret' } } })));
  const chunks: Uint8Array[] = [];
  try {
    const bytes = pull(
      { artifact, sha256 },
      { dockerConfig, architecture: undefined },
      policy,
      systemClock,
      new AbortController().signal,
      () => undefined,
    );
    for await (const chunk of bytes) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    expect(error.message).not.toContain('secret');
    return error.reason;
  }
}

const asked = (requests: readonly IncomingMessage[]): readonly string[] =>
  requests.map(({ url, headers }) => `${url ?? ''} ${headers.authorization ?? '-'}`);

test('a token is asked for once, and shown for the manifest and the layer', async () => {
  const realm = await serve(json('{"token":"t"}'));
  const bearer = `Bearer realm="${realm.url.origin}/token",service="test",scope="ignored"`;
  const { url, requests } = await serve(challenge(bearer), json(manifest), blob);
  expect(await pulled(url)).toBe('the disk');
  expect(asked(requests)).toEqual(['/v2/a/demo/manifests/1 -', '/v2/a/demo/manifests/1 Bearer t', `/v2/a/demo/blobs/${digest} Bearer t`]);
  // Not the password: that is for TLS.
  expect(asked(realm.requests)).toEqual(['/token?service=test&scope=repository%3Aa%2Fdemo%3Apull -']);
});

test.each(['null', '7', '{}', '{"token":null}'])('a document that holds no token is refused: %s', async (text) => {
  const realm = await serve(json(text));
  const { url } = await serve(challenge(`Bearer realm="${realm.url.origin}/token"`));
  expect(await pulled(url)).toBe('SourceRefused');
});

test('where a layer lies elsewhere, the token is not shown there', async () => {
  const elsewhere = await serve(blob);
  const realm = await serve(json('{"access_token":"t"}'));
  const redirect: Answer = (_, response) => response.writeHead(307, { location: `${elsewhere.url.origin}/blob` }).end();
  const { url, requests } = await serve(challenge(`Bearer realm="${realm.url.origin}/token"`), json(manifest), redirect);
  expect(await pulled(url)).toBe('the disk');
  expect(requests.at(-1)?.headers.authorization).toBe('Bearer t');
  expect(asked(elsewhere.requests)).toEqual(['/blob -']);
});

test.each<[string, readonly Answer[], string]>([
  ['no password without TLS', [challenge('Basic realm="x"')], 'SourceRefused'],
  ['a challenge that is none', [challenge('Negotiate')], 'SourceRefused'],
  ['a realm that is none', [challenge('Bearer realm="nowhere"')], 'SourceRefused'],
  ['a realm of another kind', [challenge('Bearer realm="file:///etc/passwd"')], 'UnsupportedUrl'],
  ['no such tag', [(_, response) => response.writeHead(404).end()], 'SourceRefused'],
  ['a registry that is down', [(_, response) => response.writeHead(503).end()], 'SourceUnreachable'],
  ['a page instead', [json('<html>')], 'SourceRefused'],
  ['a manifest without end', [(_, response) => void response.end(Buffer.alloc(5 * 2 ** 20, 32))], 'ImageTooLarge'],
  ['a registry that says nothing', [() => undefined], 'SourceUnreachable'],
  ['another layer than its digest', [json(manifest), json('other')], 'DigestMismatch'],
])('%s', async (_, answers, reason) => {
  const { url } = await serve(...answers);
  expect(await pulled(url)).toBe(reason);
});

test.each<[string, object, string]>([
  ['another file than the Image says', { digest: `sha256:${'a'.repeat(64)}` }, 'ChecksumMismatch'],
  ['a file that is too large', { size: 1e6 + 1 }, 'ImageTooLarge'],
  ['an archive that is too large', { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: 2e6 + 1 }, 'ImageTooLarge'],
  ['an archive that cannot be unpacked', { mediaType: 'application/vnd.oci.image.layer.v1.tar+xz' }, 'NoDiskInArtifact'],
  ['an encrypted layer', { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' }, 'NoDiskInArtifact'],
  ['a chart', { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' }, 'NoDiskInArtifact'],
  ['a signature', { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }, 'NoDiskInArtifact'],
  ['a bill of material', { mediaType: 'text/spdx' }, 'NoDiskInArtifact'],
])('nothing is fetched of %s', async (_, layer, reason) => {
  const { url, requests } = await serve(
    json(JSON.stringify({ layers: [{ mediaType: 'x', digest, size: content.length, ...layer }] })),
    blob,
  );
  expect(await pulled(url)).toBe(reason);
  expect(asked(requests)).toEqual(['/v2/a/demo/manifests/1 -']);
});

test('what is beside the disk is not fetched', async () => {
  const signature = { mediaType: 'application/vnd.in-toto+json', digest: `sha256:${'a'.repeat(64)}`, size: 1 };
  const layers = [{ mediaType: 'x', digest, size: content.length }, signature];
  const { url, requests } = await serve(json(JSON.stringify({ layers })), blob);
  expect(await pulled(url)).toBe('the disk');
  expect(asked(requests)).toEqual(['/v2/a/demo/manifests/1 -', `/v2/a/demo/blobs/${digest} -`]);
});

test('addresses that images are not fetched from are no registries, and no realms', async () => {
  const { url, requests } = await serve(json(manifest));
  expect(await pulled(url, { denied: ['127.0.0.0/8'] })).toBe('AddressDenied');
  expect(requests).toEqual([]);
  const challenged = await serve(challenge('Bearer realm="http://[::1]:1/token"'));
  expect(await pulled(challenged.url, { denied: ['::1/128'] })).toBe('AddressDenied');
});
