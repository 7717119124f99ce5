/** From an HTTP answer, or its absence, to the ApiError that says what it means. */
import { ApiError, CONNECTION_FAILED, DEADLINE_EXCEEDED, KIND_NOT_SERVED, type Status } from './errors.ts';

/** Reasons for answers that carry no Status: from a proxy, or from the server before it knows the kind. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: KIND_NOT_SERVED,
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const BODY_SHOWN = 200;

export function errorOfAnswer(what: string, code: number, body: string, retryAfter: string | undefined): ApiError {
  const status = parseStatus(body);
  const seconds = Number(retryAfter ?? status?.details?.retryAfterSeconds ?? Number.NaN);
  // A missing kind answers 404 as a missing object does; only the latter names the object.
  const kindMissing = code === 404 && status !== undefined && status.details?.name === undefined;
  return new ApiError(`${what}: ${code} ${status?.message ?? body.slice(0, BODY_SHOWN).trim()}`, {
    code,
    reason: (kindMissing ? KIND_NOT_SERVED : status?.reason) ?? REASONS[code] ?? 'Unknown',
    status,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  });
}

/** An `ERROR` event of a watch: a Status in place of an object. */
export function errorOfStatus(what: string, status: Status): ApiError {
  return new ApiError(`${what}: ${status.message ?? status.reason ?? 'the server ended the watch'}`, {
    code: status.code ?? 500,
    reason: status.reason ?? REASONS[status.code ?? 500] ?? 'Unknown',
    status,
  });
}

export function connectionFailed(what: string, cause: Error): ApiError {
  return new ApiError(`${what}: no connection, or it broke: ${cause.message}`, { code: 0, reason: CONNECTION_FAILED, cause });
}

export function deadlineExceeded(what: string, timeoutMs: number): ApiError {
  return new ApiError(`${what}: no answer within ${timeoutMs} ms`, { code: 0, reason: DEADLINE_EXCEEDED });
}

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(body) as Partial<Status>;
    return parsed.kind === 'Status' ? (parsed as Status) : undefined;
  } catch {
    return undefined;
  }
}
