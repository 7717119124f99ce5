import { expect, test } from '@jest/globals';
import { denyAddresses } from '../images/download/addresses.ts';
import { type ApiServer, deniedNetworks, type Resolve } from './denied-networks.ts';

const LOOPBACK = '127.0.0.0/8';
const nowhere: Resolve = (hostname) => Promise.reject(new Error(`getaddrinfo ENOTFOUND ${hostname}`));
const twice: Resolve = () => Promise.resolve(['192.0.2.1', '2001:db8::1']);

test.each<[string, ApiServer, Resolve, readonly string[]]>([
  ['the Service of a pod', { server: 'https://10.96.0.1:443' }, nowhere, ['10.96.0.1/32']],
  ['an IPv6 Service', { server: 'https://[fd00::1]:443' }, nowhere, ['fd00::1/128']],
  ['every address of a name', { server: 'https://api.example.com:6443/path' }, twice, ['192.0.2.1/32', '2001:db8::1/128']],
  ['a name behind a proxy, which only the proxy knows', { server: 'https://inside.example.com', proxyAgent: {} }, nowhere, []],
])('images are not fetched from %s', async (_, apiServer, resolve, added) => {
  const denied = await deniedNetworks([LOOPBACK], apiServer, resolve);
  expect(denied).toEqual([LOOPBACK, ...added]);
  const policy = denyAddresses(denied);
  for (const network of added) expect(policy.permits(network.replace(/\/.*/, ''))).toBe(false);
  expect(policy.permits('192.0.2.200')).toBe(true);
});

test('an address that was given is not listed twice', async () => {
  expect(await deniedNetworks(['10.96.0.1/32'], { server: 'https://10.96.0.1' }, nowhere)).toEqual(['10.96.0.1/32']);
});

test('where nothing is denied, neither is the API server', async () => {
  expect(await deniedNetworks([], { server: 'https://127.0.0.1:6443' }, nowhere)).toEqual([]);
});

test('an API server without an address is no reason to deny less', async () => {
  await expect(deniedNetworks([LOOPBACK], { server: 'https://gone.example.com' }, nowhere)).rejects.toThrow('has no address');
});
