/** The payload of every error reply. */
import type { RemoteErrorDetail } from '../errors.ts';
import { struct } from '../xdr/codec.ts';
import { int } from '../xdr/primitives.ts';
import type { XdrReader } from '../xdr/reader.ts';
import { optionalDomain, optionalNetwork } from './references.ts';
import { optionalString } from './strings.ts';

export const remoteError = struct('remote_error', {
  code: int,
  domain: int,
  message: optionalString,
  level: int,
  dom: optionalDomain,
  str1: optionalString,
  str2: optionalString,
  str3: optionalString,
  int1: int,
  int2: int,
  net: optionalNetwork,
});

export function readRemoteError(reader: XdrReader): RemoteErrorDetail {
  const { code, domain, message, level, str1, str2, str3, int1, int2 } = remoteError.read(reader);
  return {
    code,
    domain,
    level,
    message: message ?? `libvirt reports error ${code} without a message`,
    ...(str1 !== undefined && { str1 }),
    ...(str2 !== undefined && { str2 }),
    ...(str3 !== undefined && { str3 }),
    int1,
    int2,
  };
}
