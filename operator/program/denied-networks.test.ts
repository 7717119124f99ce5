import { expect, test } from '@jest/globals';
import { denyAddresses } from '../images/download/addresses.ts';
import { SPECIAL_NETWORKS } from '../images/download/special-networks.ts';
import { type ApiServer, deniedNetworks, type Resolve } from './denied-networks.ts';

const GIVEN = '10.0.0.0/8';
const podAddresses: readonly string[] = [];
const nowhere: Resolve = (hostname) => Promise.reject(new Error(`getaddrinfo ENOTFOUND ${hostname}`));
const twice: Resolve = () => Promise.resolve(['192.0.2.1', '2001:db8::1']);

test.each<[string, ApiServer, Resolve, readonly string[]]>([
  ['the Service of a pod', { server: 'https://10.96.0.1:443' }, nowhere, ['10.96.0.1/32']],
  ['an IPv6 Service', { server: 'https://[fd00::1]:443' }, nowhere, ['fd00::1/128']],
  ['every address of a name', { server: 'https://api.example.com:6443/path' }, twice, ['192.0.2.1/32', '2001:db8::1/128']],
  ['a name behind a proxy, which only the proxy knows', { server: 'https://inside.example.com', proxyAgent: {} }, nowhere, []],
])('images are not fetched from %s', async (_, apiServer, resolve, added) => {
  const denied = await deniedNetworks([GIVEN], { apiServer, podAddresses }, resolve);
  expect(denied).toEqual([GIVEN, ...SPECIAL_NETWORKS, ...added]);
  const policy = denyAddresses(denied);
  for (const network of added) expect(policy.permits(network.replace(/\/.*/, ''))).toBe(false);
  expect(policy.permits('192.0.2.200')).toBe(true);
});

test('an address that was given is not listed twice', async () => {
  const apiServer = { server: 'https://10.96.0.1' };
  const denied = await deniedNetworks(['10.96.0.1/32', '127.0.0.0/8'], { apiServer, podAddresses }, nowhere);
  expect(denied.toSorted()).toEqual(['10.96.0.1/32', ...SPECIAL_NETWORKS].toSorted());
});

test('the pod itself is no source of images', async () => {
  const own = { apiServer: { server: 'https://10.96.0.1' }, podAddresses: ['192.0.2.7/32', '2001:db8::7/128'] };
  const policy = denyAddresses(await deniedNetworks([GIVEN], own, nowhere));
  expect(['192.0.2.7', '2001:db8::7', '192.0.2.8'].map((address) => policy.permits(address))).toEqual([false, false, true]);
});

test('where nothing is denied, neither is the API server', async () => {
  expect(await deniedNetworks([], { apiServer: { server: 'https://127.0.0.1:6443' }, podAddresses: ['192.0.2.7/32'] }, nowhere)).toEqual(
    [],
  );
});

test('an API server without an address is no reason to deny less', async () => {
  await expect(deniedNetworks([GIVEN], { apiServer: { server: 'https://gone.example.com' }, podAddresses }, nowhere)).rejects.toThrow(
    'has no address',
  );
});
