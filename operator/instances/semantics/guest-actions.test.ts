/** Semantics that nobody should have to guess, played through the whole controller: actions that ask the agent in the guest. */
import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DriverError } from '../../../drivers/labels.ts';
import { IMAGES, INSTANCE_ACTIONS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';
import { memoryAgent, type MemoryAgent } from '../testing/memory-agent.ts';

const SECRETS = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true } as const;
const { privateKey, publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = key.export({ type: 'spki', format: 'pem' }).toString();

let world: InstanceWorld;
let agent: MemoryAgent;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
  await world.create();
  agent = memoryAgent();
  world.machine().agent = agent;
});
afterEach(() => world.stopOperator());

const written = (path: string): string => Buffer.from(agent.files.get(path)?.content ?? []).toString();
const made = async (name: string) => (await world.api.find(INSTANCE_ACTIONS, { namespace: 'default', name }, world.call))?.status;
const secret = (name: string, text: string): Promise<unknown> =>
  world.api.create(
    SECRETS,
    { metadata: { namespace: 'default', name }, data: { k: Buffer.from(text).toString('base64') } } as never,
    world.call,
  );
const decrypted = (text = ''): string =>
  privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    Buffer.from(text, 'base64'),
  ).toString();
const everything = async (): Promise<string> => JSON.stringify([await world.get(), await made('p'), world.api.writes(), world.log.lines]);

describe('a password that is made up', () => {
  const ASKED = { action: 'SetPassword', setPassword: { publicKey } } as const;

  test('is set, and can be read by its owner alone', async () => {
    await world.act('p', ASKED);
    await world.pass(1);
    const password = agent.passwords.get('root') ?? '';
    expect([await world.acted('p'), password.length, decrypted((await made('p'))?.encryptedPassword)]).toEqual([
      'Succeeded PasswordSet',
      20,
      password,
    ]);
    expect(await everything()).not.toContain(password);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('is that of whoever the action names, else of whoever the Image names', async () => {
    await world.api.mergePatch(
      IMAGES,
      { namespace: 'default', name: 'demo' },
      { spec: { properties: { adminUser: 'admin' } } },
      world.call,
    );
    await world.act('p', ASKED);
    await world.act('q', { ...ASKED, setPassword: { publicKey, user: 'me' } });
    await world.pass(2);
    expect([...agent.passwords.keys()]).toEqual(['admin', 'me']);
  });

  test('is encrypted to the key by which its owner logs in, where no other is named', async () => {
    await world.edit({ sshAuthorizedKeys: ['ssh-ed25519 AAAA', 'ssh-rsa AAAA'] });
    await world.act('p', { action: 'SetPassword' });
    await world.pass(1);
    expect([await world.acted('p'), agent.passwords.size]).toEqual(['Failed PublicKeyInvalid', 0]);
    await world.edit({ sshAuthorizedKeys: null });
    await world.act('q', { action: 'SetPassword' });
    await world.pass(1);
    expect([await world.acted('q'), agent.passwords.size]).toEqual(['Failed PublicKeyMissing', 0]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('killed before call %d: the one on record is the one that is set', async (calls) => {
    world.killAfter(calls);
    await world.act('p', ASKED);
    await world.restartOperator();
    await world.pass(3);
    expect([await world.acted('p'), decrypted((await made('p'))?.encryptedPassword)]).toEqual([
      'Succeeded PasswordSet',
      agent.passwords.get('root'),
    ]);
  });
});

describe('a password of a Secret', () => {
  const ASKED = { action: 'SetPassword', setPassword: { passwordSecretKeyRef: { name: 's', key: 'k' } } } as const;

  test('is set, and kept nowhere', async () => {
    await secret('s', 'geheim-1');
    await world.act('p', ASKED);
    await world.pass(1);
    expect([await world.acted('p'), agent.passwords.get('root'), (await made('p'))?.encryptedPassword]).toEqual([
      'Succeeded PasswordSet',
      'geheim-1',
      undefined,
    ]);
    expect(await everything()).not.toContain('geheim-1');
  });

  test.each([
    ['that is missing', undefined, 'Failed SecretNotFound'],
    ['with a line break, which would set that of another user too', 'a\nroot:b', 'Failed PasswordInvalid'],
    ['that is empty', '', 'Failed PasswordInvalid'],
  ])('%s is said to be so', async (_, text, expected) => {
    if (text !== undefined) await secret('s', text);
    await world.act('p', ASKED);
    await world.pass(3);
    expect([await world.acted('p'), agent.passwords.size, await world.ready()]).toEqual([expected, 0, 'Ready=True Running']);
  });
});

describe('a file', () => {
  test('is written with its permissions, inline or from a Secret', async () => {
    await secret('s', 'geheim-2');
    await world.act('a', { action: 'InjectFile', injectFile: { path: '/etc/motd', text: 'hello' } });
    await world.act('b', { action: 'InjectFile', injectFile: { path: '/etc/key', secretKeyRef: { name: 's', key: 'k' }, mode: '0600' } });
    await world.act('c', { action: 'InjectFile', injectFile: { path: 'C:\\x', base64: 'AP8=' } });
    await world.pass(3);
    expect([await world.acted('a'), await world.acted('b'), await world.acted('c')]).toEqual(Array(3).fill('Succeeded FileWritten'));
    const written = [...agent.files.values()].map(({ path, content, mode }) => [path, Buffer.from(content).toString('latin1'), mode]);
    expect(written).toEqual([
      ['/etc/motd', 'hello', '0644'],
      ['/etc/key', 'geheim-2', '0600'],
      ['C:\\x', '\u0000\u00ff', undefined],
    ]);
    expect(await everything()).not.toContain('geheim-2');
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('killed before call %d, it is written all the same', async (calls) => {
    world.killAfter(calls);
    await world.act('a', { action: 'InjectFile', injectFile: { path: '/etc/motd', text: 'hello' } });
    await world.restartOperator();
    await world.pass(3);
    expect([await world.acted('a'), agent.files.size]).toEqual(['Succeeded FileWritten', 1]);
  });
});

describe('what the guest is told while it runs', () => {
  test('is the network configuration of the spec as it is now, and the guest reads it when it is asked to', async () => {
    await world.edit({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    await world.pass(2);
    await world.act('i', { action: 'InjectNetworkInfo' });
    await world.act('r', { action: 'ResetNetwork' });
    await world.pass(2);
    expect([await world.acted('i'), await world.acted('r'), agent.networkResets]).toEqual([
      'Succeeded NetworkInfoWritten',
      'Succeeded NetworkReset',
      1,
    ]);
    const mac = world.machine().spec.interfaces[0]?.mac;
    expect(JSON.parse(written('/etc/netplan/50-cloud-init.yaml'))).toEqual({
      network: { version: 2, ethernets: { eth0: { match: { macaddress: mac }, dhcp4: true } } },
    });
    expect(agent.files.get('/etc/netplan/50-cloud-init.yaml')?.mode).toBe('0600');
  });

  test('is the metadata of the spec, which the config drive has at the next start', async () => {
    await world.edit({ metadata: { role: 'db', 10: 'x' } });
    await world.act('m', { action: 'InjectMetadata' });
    await world.act('n', { action: 'InjectMetadata', injectMetadata: { path: '/run/other' } });
    await world.pass(2);
    expect([await world.acted('m'), JSON.parse(written('/run/hostler-metadata.json')), written('/run/other')]).toEqual([
      'Succeeded MetadataWritten',
      { role: 'db', 10: 'x' },
      written('/run/hostler-metadata.json'),
    ]);
    expect(await world.condition('RestartRequired')).toMatch(/^True/);
  });

  test('waits for a network that is missing', async () => {
    await world.edit({ networks: [{ name: 'eth0', networkName: 'missing' }] });
    await world.act('i', { action: 'InjectNetworkInfo' });
    await world.pass(1);
    expect([agent.files.size, (await world.acted('i')).split(' ')[0]]).toEqual([0, 'Pending']);
  });

  test.each(['InjectNetworkInfo', 'InjectMetadata', 'ResetNetwork'] as const)('%s is refused for a guest of Windows', async (action) => {
    await world.api.mergePatch(IMAGES, { namespace: 'default', name: 'demo' }, { spec: { properties: { os: 'Windows' } } }, world.call);
    await world.act('w', { action });
    await world.pass(1);
    expect([await world.acted('w'), agent.files.size, agent.networkResets]).toEqual(['Failed GuestSystemUnsupported', 0, 0]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('killed before call %d, the network is reset all the same', async (calls) => {
    world.killAfter(calls);
    await world.act('r', { action: 'ResetNetwork' });
    await world.restartOperator();
    await world.pass(3);
    expect([await world.acted('r'), agent.networkResets > 0]).toEqual(['Succeeded NetworkReset', true]);
  });
});

describe('without an agent that answers', () => {
  const ASKED = { action: 'InjectFile', injectFile: { path: '/a', text: '' } } as const;

  test('there being none, the action fails after three attempts, and the Instance is as it was', async () => {
    delete world.machine().agent;
    await world.act('a', ASKED);
    await world.pass(3);
    expect([await world.acted('a'), world.called('writeGuestFile'), await world.ready()]).toEqual([
      'Failed AgentNotAvailable',
      3,
      'Ready=True Running',
    ]);
  });

  test('one that hangs fails it in the same way', async () => {
    agent.hangs = true;
    await world.act('a', ASKED);
    await world.pass(3);
    expect(await world.acted('a')).toBe('Failed AgentNotResponding');
  });

  test('one that comes up meanwhile does it', async () => {
    agent.hangs = true;
    await world.act('a', ASKED);
    agent.hangs = false;
    await world.pass(1);
    expect(await world.acted('a')).toBe('Succeeded FileWritten');
  });

  test('a guest that refuses is not asked again', async () => {
    world.host().driver.before = (verb) => {
      if (verb === 'writeGuestFile') throw new DriverError('InvalidSpec', 'no such folder', { reason: 'GuestRefused' });
    };
    await world.act('a', ASKED);
    await world.pass(2);
    expect([await world.acted('a'), world.called('writeGuestFile')]).toEqual(['Failed GuestRefused', 1]);
  });

  test('an Instance whose agent is not to be spoken to refuses', async () => {
    await world.edit({ guestAgent: 'Disabled' });
    await world.act('a', ASKED);
    await world.pass(1);
    expect([await world.acted('a'), world.called('writeGuestFile')]).toEqual(['Failed GuestAgentDisabled', 0]);
  });
});
