/**
 * User data with the user's files in it, for cloud-init: the files become a `write_files` of their own.
 *
 * They go beside the user data in one multi-part message, with a header that has its list and a `write_files` of the user
 * data joined. In vendor data they would be lost to a user data that has one, or that switches vendor data off; and the
 * `files` of OpenStack's meta data know neither mode nor owner.
 * Source: https://cloudinit.readthedocs.io/en/latest/explanation/format.html, .../reference/merging.html
 */
import { createHash } from 'node:crypto';
import { encoded, type GuestFile } from './guest-config.ts';

/** As it is where there are no files. */
export function userDataWithFiles(userData: Uint8Array | undefined, files: readonly GuestFile[]): Uint8Array | undefined {
  if (files.length === 0) return userData;
  const cloudConfig = `#cloud-config\n${JSON.stringify({ write_files: files.map(entry) })}\n`;
  if (userData === undefined) return encoded(cloudConfig);
  // Not in the content, which is base64 or comes from the user, but for one who looked for it.
  const boundary = `=_${createHash('sha256').update(userData).update(cloudConfig).digest('hex')}`;
  return Buffer.concat([
    encoded(`MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${boundary}"\n\n--${boundary}\n`),
    part(userData),
    encoded(`\n--${boundary}\nContent-Type: text/cloud-config\nX-Merge-Type: list(append)+dict(no_replace,recurse_list)+str()\n`),
    inBase64(encoded(cloudConfig)),
    encoded(`\n--${boundary}--\n`),
  ]);
}

function entry({ path, content, mode = '0644', owner = 'root:root' }: GuestFile): unknown {
  return {
    path,
    owner,
    permissions: mode.padStart(4, '0'),
    encoding: 'b64',
    content: Buffer.from(content).toString('base64'),
    // Users are made after files are written, but for those that wait.
    ...(/^root(:root)?$/.test(owner) ? {} : { defer: true }),
  };
}

/** What is a message already is a part as it is; of the rest cloud-init finds out by itself what it is. */
function part(userData: Uint8Array): Uint8Array {
  const start = Buffer.from(userData.subarray(0, 64)).toString('latin1');
  if (/^(mime-version|content-type):/i.test(start)) return userData;
  const isGzip = userData[0] === 0x1f && userData[1] === 0x8b;
  return Buffer.concat([encoded(`Content-Type: ${isGzip ? 'application/gzip' : 'text/plain'}\n`), inBase64(userData)]);
}

function inBase64(content: Uint8Array): Uint8Array {
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  return encoded(`Content-Transfer-Encoding: base64\n\n${lines.join('\n')}`);
}
