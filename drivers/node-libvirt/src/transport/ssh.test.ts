import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { InvalidArgumentError } from '../errors.ts';
import { remoteCommand } from './ssh-command.ts';
import { sshArguments } from './ssh.ts';
import { parseUri } from './uri.ts';

const argumentsFor = (uri: string): readonly string[] => {
  const parsed = parseUri(uri);
  return sshArguments(parsed.host ?? '', parsed, {});
};
/** All but the command for the other side. */
const options = (uri: string): string => argumentsFor(uri).slice(0, -1).join(' ');

test.each([
  ['qemu+ssh://host/system', '-o BatchMode=yes -T -e none -- host'],
  ['qemu+ssh://root@host:2222/system', '-p 2222 -l root -o BatchMode=yes -T -e none -- host'],
  ['qemu+ssh://host/system?keyfile=/k&no_verify=1', '-i /k -o StrictHostKeyChecking=no -o BatchMode=yes -T -e none -- host'],
  ['qemu+ssh://[fd00::1]/system', '-o BatchMode=yes -T -e none -- fd00::1'],
])('%s', (uri, expected) => {
  expect(options(uri)).toBe(expected);
});

test('options of the code', () => {
  const uri = parseUri('qemu+ssh://host/system?keyfile=/from-uri');
  expect(sshArguments('host', uri, { identityFile: '/key', knownHostsFile: '/known' }).slice(0, 4)).toEqual([
    '-i',
    '/key',
    '-o',
    'UserKnownHostsFile=/known',
  ]);
});

describe('refused', () => {
  test.each([
    ['a user that is an option', 'qemu+ssh://-oProxyCommand=x@host/system'],
    ['a user with a space', 'qemu+ssh://a%20b@host/system'],
    ['a key file that is an option', 'qemu+ssh://host/system?keyfile=-F/evil'],
    ['a key file with a token of ssh', 'qemu+ssh://host/system?keyfile=/%25h'],
    ['a socket that is not a path', 'qemu+ssh://host/system?socket=relative'],
    ['a socket with a line end', 'qemu+ssh://host/system?socket=/a%0Areboot'],
    ['a session without a socket', 'qemu+ssh://host/session'],
  ])('%s', (_name, uri) => {
    expect(() => argumentsFor(uri)).toThrow(InvalidArgumentError);
  });
});

/** Runs it as the login shell over there would, with nothing installed. Its complaint is in the error. */
function runBare(command: string): string {
  return execFileSync('/bin/sh', ['-c', command.replace(/^sh /, '/bin/sh ')], {
    env: { PATH: '/nowhere' },
    stdio: 'pipe',
    encoding: 'utf8',
  });
}

describe('the command over there', () => {
  test.each(['qemu+ssh://host/system?socket=/s', 'qemu+ssh://host/system'])('says what is missing: %s', (uri) => {
    expect(() => runBare(remoteCommand(parseUri(uri)))).toThrow(/neither nc nor socat is installed/);
  });

  test('a path stays one word, whatever is in it', () => {
    const hostile = `/a'; echo pwned; '$(echo pwned)\`echo pwned\`"\\`;
    const command = remoteCommand({ socket: hostile, name: 'qemu:///system', driver: 'qemu', path: '/system' });
    // In place of netcat: a function that shows its last argument.
    const shown = command
      .replace("sh -c '", `sh -c 'nc() { for word; do :; done; printf "%s" "$word"; exit; }; `)
      .replaceAll('exec nc', 'nc');
    expect(runBare(shown)).toBe(hostile);
  });
});
