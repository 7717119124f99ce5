/**
 * Everything that can go wrong, one class each. `name` tells them apart where `instanceof` cannot (two copies of the package).
 *
 * A call that is aborted rejects with its signal's own reason, and has no class here.
 */
import { ErrorCode, ErrorDomain } from './constants/errors.ts';
import { nameOf } from './constants/table.ts';

/** What the daemon says in an error reply; libvirt's `virError`. */
export interface RemoteErrorDetail {
  readonly code: number;
  readonly domain: number;
  readonly level: number;
  readonly message: string;
  readonly str1?: string;
  readonly str2?: string;
  readonly str3?: string;
  readonly int1: number;
  readonly int2: number;
}

/** The daemon understood the call and refused it, or it failed there. */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  /** One of `ErrorCode`, or a number that this version does not know. */
  readonly code: number;
  /** Name of `code` as in libvirt's documentation, without `VIR_ERR_`: `NO_DOMAIN`; `UNKNOWN_<code>` for a new one. */
  readonly codeName: string;
  /** Which part of libvirt raised it; one of `ErrorDomain`. */
  readonly domain: number;
  /** Name of `domain` without `VIR_FROM_`: `QEMU`, `STORAGE`, ... */
  readonly domainName: string;
  /** 1 warning, 2 error. */
  readonly level: number;
  readonly str1: string | undefined;
  readonly str2: string | undefined;
  readonly str3: string | undefined;
  readonly int1: number;
  readonly int2: number;
  /** The procedure that failed, as the protocol names it: `domain_create_with_flags`. */
  readonly procedure: string;

  constructor(detail: RemoteErrorDetail, procedure: string) {
    super(detail.message);
    this.code = detail.code;
    this.codeName = nameOf(ErrorCode, detail.code);
    this.domain = detail.domain;
    this.domainName = nameOf(ErrorDomain, detail.domain);
    this.level = detail.level;
    this.str1 = detail.str1;
    this.str2 = detail.str2;
    this.str3 = detail.str3;
    this.int1 = detail.int1;
    this.int2 = detail.int2;
    this.procedure = procedure;
  }
}

/** No connection came about: nobody listens, the name does not resolve, the certificate is refused, ssh failed. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
}

/** The daemon wants an authentication that failed or that this client cannot do. */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';
}

/** An established connection ended. A call that rejects with this may or may not have been carried out. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** The caller's time was over. The daemon goes on with the call; its late reply is dropped. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The other side sent something that is not the protocol; the connection was closed because of it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** An argument that can never be sent: a string beyond the protocol's maximum, a number out of range, a bad URI. */
export class InvalidArgumentError extends Error {
  override readonly name = 'InvalidArgumentError';
}

/** Whether the failure is the daemon's answer with this code; `isLibvirtError(error, ErrorCode.NO_DOMAIN)`. */
export function isLibvirtError(error: unknown, ...codes: readonly number[]): error is LibvirtError {
  return error instanceof LibvirtError && (codes.length === 0 || codes.includes(error.code));
}
