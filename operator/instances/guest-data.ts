/**
 * What of a guest's data comes from Secrets, and what is wrong with it. Which key is unfit is told, and never what is in it.
 *
 * Only what no reader could take is refused: what user data means is between its author and the guest.
 */
import type { InstanceSpec } from '../../crds/instance.ts';
import type { ConfigDriveLayout } from '../../crds/vocabulary.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { GuestFile } from './configdrive/guest-config.ts';
import { ignitionProblem } from './configdrive/ignition.ts';

/** A key of a Secret that the guest is to be given, and where the spec names it. */
export interface GuestSecretRef {
  /** `spec.userData`, `spec.vendorData`, `spec.files[/etc/motd]`. */
  readonly field: string;
  readonly name: string;
  readonly key: string;
}

/** By the field of the spec that names them. */
export type GuestSecrets = ReadonlyMap<string, Uint8Array>;

export const USER_DATA = 'spec.userData';
export const VENDOR_DATA = 'spec.vendorData';
const fileField = (path: string): string => `spec.files[${path}]`;

export function guestSecretRefs({ userData, vendorData, files = [] }: InstanceSpec): readonly GuestSecretRef[] {
  return [
    ...(userData === undefined ? [] : [{ field: USER_DATA, ...userData.secretKeyRef }]),
    ...(vendorData === undefined ? [] : [{ field: VENDOR_DATA, ...vendorData.secretKeyRef }]),
    ...files.flatMap(({ path, secretKeyRef }) => (secretKeyRef === undefined ? [] : [{ field: fileField(path), ...secretKeyRef }])),
  ];
}

/** The files with their content. Throws `InvalidSpec` on base64 that is none; a content that was not read is `Conflict`. */
export function guestFiles({ files = [] }: InstanceSpec, secrets: GuestSecrets): readonly GuestFile[] {
  return files.map((file) => ({ path: file.path, content: contentOf(file, secrets), mode: file.mode, owner: file.owner }));
}

function contentOf({ path, text, base64 }: NonNullable<InstanceSpec['files']>[number], secrets: GuestSecrets): Uint8Array {
  if (text !== undefined) return new TextEncoder().encode(text);
  if (base64 !== undefined) {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.toString('base64') !== base64)
      throw new DriverError('InvalidSpec', `${fileField(path)}.base64 is not base64: mend it`, { reason: 'FileNotBase64' });
    return bytes;
  }
  const content = secrets.get(fileField(path));
  if (content === undefined) throw new DriverError('Conflict', `${fileField(path)} was not read`, { reason: 'ReferenceLost' });
  return content;
}

/** All that goes into the guest: a Secret holds 1 MiB at most, but there may be many. */
export const MAX_FILES_BYTES = 4 * 2 ** 20;

export interface Unfit {
  readonly reason: string;
  /** What the wait for it ends with, for people. */
  readonly until: string;
}

/** What no guest could take; undefined: nothing. */
export function unfitData(spec: InstanceSpec, secrets: GuestSecrets, layout: ConfigDriveLayout): Unfit | undefined {
  const refs = new Map(guestSecretRefs(spec).map((ref) => [ref.field, ref]));
  for (const field of [USER_DATA, VENDOR_DATA]) {
    const [content, ref] = [secrets.get(field), refs.get(field)];
    const problem = content === undefined || ref === undefined ? undefined : problemOf(field, content, spec, layout);
    if (problem !== undefined)
      return {
        reason: field === USER_DATA ? 'UserDataInvalid' : 'VendorDataInvalid',
        until: `key ${ref?.key ?? ''} of Secret ${ref?.name ?? ''} is mended: it ${problem}`,
      };
  }
  const size = (spec.files ?? []).reduce(
    (sum, { path, text = '', base64 = '' }) => sum + text.length + base64.length + (secrets.get(fileField(path))?.length ?? 0),
    0,
  );
  return size <= MAX_FILES_BYTES
    ? undefined
    : { reason: 'FilesTooLarge', until: `spec.files has at most ${MAX_FILES_BYTES} bytes in all: there are ${size}` };
}

function problemOf(
  field: string,
  content: Uint8Array,
  { vendorData, files = [] }: InstanceSpec,
  layout: ConfigDriveLayout,
): string | undefined {
  switch (layout) {
    case 'Ignition':
      return ignitionProblem(content, vendorData !== undefined || files.length > 0);
    case 'Sysprep':
      return field === USER_DATA && !looksLikeXml(content) ? 'is no answer file, which is XML' : undefined;
    case 'OpenStack':
    case 'NoCloud':
      if (field === VENDOR_DATA && !isText(content)) return 'is not text in UTF-8';
      return headerProblem(content);
  }
}

/** A header that is nearly right makes cloud-init pass over everything below it, in silence. */
function headerProblem(content: Uint8Array): string | undefined {
  const start = Buffer.from(content.subarray(0, 256)).toString('utf8');
  const line = start.split('\n')[0] ?? '';
  if (!/^[\ufeff\s]*#+\s*cloud[-_ ]?config\b/i.test(line) || /^\s*#cloud-config/i.test(line.replace(/^\ufeff/, '#'))) return undefined;
  return 'begins with something like #cloud-config, which cloud-init only takes when it is exactly that, without a byte order mark';
}

function looksLikeXml(content: Uint8Array): boolean {
  const utf16 = (content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff);
  return utf16 || /^\ufeff?\s*</.test(Buffer.from(content.subarray(0, 256)).toString('utf8'));
}

function isText(content: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}
