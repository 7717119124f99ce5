/**
 * Requests as S3 and what speaks like it want them: the url itself carries a signature that holds for a while, and nothing
 * else has to be sent. Pure. Why our own: docs/adr/0021.
 *
 * Source: AWS, Signature Version 4, "Authenticating requests: using query parameters"; held against its example and botocore.
 */
import { createHash, createHmac } from 'node:crypto';

export interface S3Access {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that are lent for a while. */
  readonly sessionToken?: string;
}

export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'HEAD' | 'DELETE';
  readonly url: URL;
  /** Epoch milliseconds. */
  readonly now: number;
  /** For how long it may begin, at most seven days. */
  readonly seconds: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The url with a signature for that method, and for nothing else. */
export function presigned({ method, url, now, seconds }: SignedRequest, access: S3Access): URL {
  const moment = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const day = moment.slice(0, 8);
  const scope = `${day}/${access.region}/s3/aws4_request`;
  const path = url.pathname
    .split('/')
    .map((segment) => encoded(decodeURIComponent(segment)))
    .join('/');
  const query = queryOf({
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${access.accessKeyId}/${scope}`,
    'X-Amz-Date': moment,
    'X-Amz-Expires': String(seconds),
    ...(access.sessionToken !== undefined && { 'X-Amz-Security-Token': access.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  });
  const request = [method, path, query, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const toSign = [ALGORITHM, moment, scope, createHash('sha256').update(request).digest('hex')].join('\n');
  const key = [day, access.region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${access.secretAccessKey}`);
  return new URL(`${url.origin}${path}?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`);
}

/** In the order of their names, which is that of the record. */
const queryOf = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encoded(value)}`)
    .join('&');

/** All but letters, digits and `-._~`; what the language leaves alone besides is encoded, too. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
