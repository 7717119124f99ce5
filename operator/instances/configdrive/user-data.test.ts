/** Held against cloud-init 22.4 by hand; here, by a reader of MIME written for the purpose. */
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { bytes } from './guest.testing.ts';
import { userDataWithFiles } from './user-data.ts';

const motd = { path: '/etc/motd', content: bytes('hello\n') };
const MOTD = { path: '/etc/motd', owner: 'root:root', permissions: '0644', encoding: 'b64', content: 'aGVsbG8K' };
const text = (content: Uint8Array | undefined): string => Buffer.from(content ?? []).toString('latin1');

function partsOf(message: string): readonly { readonly head: string; readonly body: string }[] {
  const boundary = /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="([^"]+)"\n\n/.exec(message)?.[1] ?? 'none';
  const [, ...parts] = message.split(`--${boundary}`);
  expect(parts.pop()).toBe('--\n');
  return parts.map((part) => {
    const [head = '', ...body] = part.slice(1, -1).split('\n\n');
    return { head, body: head.endsWith('base64') ? Buffer.from(body.join('\n\n'), 'base64').toString('latin1') : body.join('\n\n') };
  });
}
const writeFiles = (cloudConfig: string): unknown => JSON.parse(cloudConfig.replace(/^#cloud-config\n/, ''));

test('without files user data is as it is', () => {
  const userData = new Uint8Array([0, 255]);
  expect(userDataWithFiles(userData, [])).toBe(userData);
  expect(userDataWithFiles(undefined, [])).toBeUndefined();
});

test('files alone are a cloud-config', () => {
  expect(writeFiles(text(userDataWithFiles(undefined, [motd])))).toEqual({ write_files: [MOTD] });
});

test('mode and owner; what belongs to a user waits until there are users', () => {
  const files = [
    { path: '/a', content: bytes(''), mode: '600', owner: 'root' },
    { path: '/b', content: new Uint8Array([0, 255]), mode: '01777', owner: 'app:app' },
  ];
  expect(writeFiles(text(userDataWithFiles(undefined, files)))).toEqual({
    write_files: [
      { path: '/a', owner: 'root', permissions: '0600', encoding: 'b64', content: '' },
      { path: '/b', owner: 'app:app', permissions: '01777', encoding: 'b64', content: 'AP8=', defer: true },
    ],
  });
});

test('beside user data they are a part of their own, whose lists are joined', () => {
  const [own, files] = partsOf(text(userDataWithFiles(bytes('#!/bin/sh\n'), [motd])));
  expect(own).toEqual({ head: 'Content-Type: text/plain\nContent-Transfer-Encoding: base64', body: '#!/bin/sh\n' });
  expect(files?.head.split('\n')).toEqual([
    'Content-Type: text/cloud-config',
    'X-Merge-Type: list(append)+dict(no_replace,recurse_list)+str()',
    'Content-Transfer-Encoding: base64',
  ]);
  expect(writeFiles(files?.body ?? '')).toEqual({ write_files: [MOTD] });
});

test('user data that is packed, or a message already', () => {
  const packed = gzipSync('#!/bin/sh\n');
  const [own] = partsOf(text(userDataWithFiles(packed, [motd])));
  expect(own).toEqual({ head: 'Content-Type: application/gzip\nContent-Transfer-Encoding: base64', body: text(packed) });
  const message = 'Content-Type: multipart/mixed; boundary="x"\n\n--x\n\n#!/bin/sh\n--x--\n';
  expect(text(userDataWithFiles(bytes(message), [motd]))).toContain(`\n\n--=_`);
  expect(text(userDataWithFiles(bytes(message), [motd]))).toContain(message);
});

test('the same is the same, and what differs has another boundary', () => {
  const one = text(userDataWithFiles(bytes('a'), [motd]));
  expect(text(userDataWithFiles(bytes('a'), [motd]))).toBe(one);
  expect(text(userDataWithFiles(bytes('b'), [motd])).slice(0, 120)).not.toBe(one.slice(0, 120));
});
