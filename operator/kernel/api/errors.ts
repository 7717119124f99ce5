/**
 * What the API server, or the way to it, answered instead of what was asked for. `reason` drives what happens next:
 * the server's own (`NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, `Forbidden`, `Expired`, `TooManyRequests` ...), or
 * one of ours, with code 0, when there was no answer.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */

/** metav1.Status, as far as it is read. */
export interface Status {
  readonly kind: 'Status';
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

/** No connection, or it broke before the answer was whole: a write may or may not have happened. */
export const CONNECTION_FAILED = 'ConnectionFailed';
/** The call's own deadline passed: a write may or may not have happened. */
export const DEADLINE_EXCEEDED = 'DeadlineExceeded';

/** The server does not know the kind (its CRD is missing): nothing is said about any object. */
export const KIND_NOT_SERVED = 'KindNotServed';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  readonly reason: string;
  readonly status: Status | undefined;
  /** When the server asks to come back later, how much later. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: {
      readonly code: number;
      readonly reason: string;
      readonly status?: Status | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.reason = options.reason;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const hasReason = (error: unknown, reason: string): boolean => error instanceof ApiError && error.reason === reason;

/** The object does not exist. A kind that is not served is `KIND_NOT_SERVED`, which says nothing about objects. */
export const isNotFound = (error: unknown): boolean => hasReason(error, 'NotFound');
/** Somebody else changed the object since it was read; read it again. `AlreadyExists` is another matter. */
export const isConflict = (error: unknown): boolean => hasReason(error, 'Conflict');
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 'AlreadyExists');
/** What was sent can never be accepted as it is. */
export const isInvalid = (error: unknown): boolean => hasReason(error, 'Invalid') || hasReason(error, 'BadRequest');
/** The resourceVersion or continue token is too old: list afresh. */
export const isExpired = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');
/** There was no answer: a write may or may not have happened. */
export const isUnanswered = (error: unknown): boolean => error instanceof ApiError && error.code === 0;
