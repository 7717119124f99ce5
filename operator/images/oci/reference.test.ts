import { expect, test } from '@jest/globals';
import { blobUrl, manifestUrl, repositoryOf } from './reference.ts';
import { credentialsFor } from './credentials.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each<[string, string]>([
  ['registry.test/demo', 'https://registry.test/v2/demo/manifests/latest'],
  ['registry.test/demo:1.0', 'https://registry.test/v2/demo/manifests/1.0'],
  ['registry.test:5000/team/sub/demo:1.0', 'https://registry.test:5000/v2/team/sub/demo/manifests/1.0'],
  [`registry.test/demo@${digest}`, `https://registry.test/v2/demo/manifests/${digest}`],
  [`registry.test/demo:1.0@${digest}`, `https://registry.test/v2/demo/manifests/${digest}`],
  ['docker.io/library/demo', 'https://registry-1.docker.io/v2/library/demo/manifests/latest'],
])('%s', (reference, url) => {
  const repository = repositoryOf({ reference });
  expect(manifestUrl(repository, repository.version).href).toBe(url);
  expect(blobUrl(repository, digest).href).toBe(url.replace(/manifests\/.*/, `blobs/${digest}`));
});

test('by plain HTTP only where it is asked for', () => {
  expect(repositoryOf({ reference: 'registry.test/demo', plainHttp: true }).origin).toBe('http://registry.test');
});

const auth = Buffer.from('me:pass:word').toString('base64');
const found = { user: 'me', password: 'pass:word' };

test.each<[string, object, string, object | undefined]>([
  ['as docker login writes it', { 'registry.test': { auth } }, 'registry.test', found],
  ['in clear', { 'registry.test': { username: 'me', password: 'pass:word' } }, 'registry.test', found],
  ['under a url', { 'https://registry.test/v1/': { auth } }, 'registry.test', found],
  ['of Docker itself', { 'https://index.docker.io/v1/': { auth } }, 'docker.io', found],
  ['with another port', { 'registry.test:5000': { auth } }, 'registry.test', undefined],
  ['of a name that ends so', { 'evil-registry.test': { auth } }, 'registry.test', undefined],
  ['without anything in it', { 'registry.test': {} }, 'registry.test', undefined],
  ['with nothing for it', { 'registry.test': null }, 'registry.test', undefined],
  ['without a colon', { 'registry.test': { auth: Buffer.from('me').toString('base64') } }, 'registry.test', undefined],
])('credentials %s', (_, auths, registry, expected) => {
  expect(credentialsFor(registry, Buffer.from(JSON.stringify({ auths })))).toEqual(expected);
});

test.each(['', 'secret text', '{}', '[]', 'null', '{"auths": 1}', '{"auths": null}'])('no such file: %s', (text) => {
  const read = (): unknown => credentialsFor('registry.test', Buffer.from(text));
  expect(read).toThrow('The pull Secret holds no Docker configuration');
  expect(read).not.toThrow('secret text');
});
