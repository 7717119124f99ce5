/** SASL against a real daemon, where Cyrus SASL and its tools are installed. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AuthenticationError, LibvirtClient } from '../src/index.ts';
import { type Libvirtd, startLibvirtd } from './libvirtd.ts';

// Starting daemons takes long on a busy machine.
jest.setTimeout(60_000);

const SASLPASSWD = '/usr/sbin/saslpasswd2';
const describeWithSasl = existsSync(SASLPASSWD) ? describe : describe.skip;

const CREDENTIALS = { username: 'operator', password: 'correct horse' };

let folder: string;
let libvirtd: Libvirtd;

async function start(mechanism: string): Promise<void> {
  folder = await mkdtemp(path.join(tmpdir(), 'nl-sasl-'));
  const users = path.join(folder, 'users');
  execFileSync(SASLPASSWD, ['-p', '-c', '-a', 'libvirt', '-f', users, CREDENTIALS.username], { input: CREDENTIALS.password });
  const settings = { mech_list: mechanism, pwcheck_method: 'auxprop', auxprop_plugin: 'sasldb', sasldb_path: users };
  await writeFile(
    path.join(folder, 'libvirt.conf'),
    Object.entries(settings)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  libvirtd = await startLibvirtd({ auth_unix_rw: 'sasl' }, { SASL_CONF_PATH: folder });
}

async function stop(): Promise<void> {
  await libvirtd.stop();
  await rm(folder, { recursive: true });
}

describeWithSasl.each(['scram-sha-256', 'plain'])('SASL %s', (mechanism) => {
  beforeAll(() => start(mechanism));
  afterAll(stop);

  test('the right password', async () => {
    await using client = await LibvirtClient.connect(libvirtd.testUri, { credentials: CREDENTIALS });
    await expect(client.host.type()).resolves.toBe('TEST');
  });

  test('a wrong password', async () => {
    const credentials = { ...CREDENTIALS, password: 'wrong' };
    await expect(LibvirtClient.connect(libvirtd.testUri, { credentials })).rejects.toThrow(AuthenticationError);
  });

  test('no password: that one is wanted', async () => {
    await expect(LibvirtClient.connect(libvirtd.testUri)).rejects.toThrow(/wants a user name and a password/);
  });
});

describeWithSasl('a mechanism that is not one of ours', () => {
  beforeAll(() => start('digest-md5'));
  afterAll(stop);

  test('is refused: which it is, and which are', async () => {
    const connecting = LibvirtClient.connect(libvirtd.testUri, { credentials: CREDENTIALS });
    await expect(connecting).rejects.toThrow(AuthenticationError);
    await expect(connecting).rejects.toThrow(/DIGEST-MD5.*SCRAM-SHA-256/i);
  });
});
