/**
 * One GET of an image, through redirects, to addresses that were checked.
 *
 * A name is resolved once, every address is checked, and the connection is made to those very addresses: a name server
 * that answers differently the second time gains nothing. The same goes for each redirect.
 */
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { DriverError } from '../../../drivers/labels.ts';
import { type AddressPolicy, resolvePermitted } from './addresses.ts';
import { type Resolve, resolveBySystem } from './resolve.ts';

export interface RequestPolicy {
  readonly addresses: AddressPolicy;
  /** Redirects that are followed, one after the other. */
  readonly maxRedirects: number;
  /** Certificates trusted instead of the system's, PEM. */
  readonly trustedCertificates?: string;
  /** All addresses of a name; absent: the system's resolver. */
  readonly resolve?: Resolve;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The final answer, of any status, its body unread. Rejects with a labelled error, or with what the connection said. */
export async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  policy: RequestPolicy,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let target = url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await requestOnce(target, target.origin === url.origin ? headers : withoutSecrets(headers), policy, signal);
    if (!REDIRECTS.has(response.statusCode ?? 0)) return response;
    response.destroy();
    if (redirects === policy.maxRedirects)
      throw refused('TooManyRedirects', `${publicUrl(url)} redirects more than ${policy.maxRedirects} times`);
    target = redirectTarget(target, response.headers.location);
  }
}

/** What a server was told is not for those that it redirects to. */
function withoutSecrets(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
}

/** How a url may be shown: its user, password and query may hold secrets. */
export function publicUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function redirectTarget(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href))
    throw refused('SourceRefused', `${publicUrl(from)} redirects to nowhere`);
  const to = new URL(location, from);
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw refused(
      'InsecureRedirect',
      `${publicUrl(from)} redirects from https to ${to.protocol}//${to.host}: use the url that it should be fetched from`,
    );
  }
  return to;
}

async function requestOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  policy: RequestPolicy,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused('UnsupportedUrl', `Images are fetched by http and https, not by ${url.protocol}`);
  const resolve = policy.resolve ?? resolveBySystem;
  const addresses = await resolvePermitted(url.hostname, policy.addresses, (hostname) => resolve(hostname, signal));
  signal.throwIfAborted();
  const options: RequestOptions = {
    headers: { 'user-agent': 'hostler', accept: '*/*', 'accept-encoding': 'identity', ...headers },
    lookup: answerWith(addresses),
    signal,
    // A connection of its own, closed after the answer: it holds for one check of one name.
    agent: false,
    rejectUnauthorized: true,
    ...(policy.trustedCertificates === undefined ? {} : { ca: policy.trustedCertificates }),
  };
  return new Promise((resolve, reject) => {
    const sent = url.protocol === 'https:' ? getHttps(url, options, resolve) : getHttp(url, options, resolve);
    sent.on('error', reject);
  });
}

/** A resolver that knows one answer: the addresses that were checked. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (hostname, options, callback) => {
    const [first] = answers;
    if (first === undefined) callback(new Error(`${hostname} has no address`), []);
    else if (options.all === true) callback(null, answers);
    else callback(null, first.address, first.family);
  };
}

function refused(reason: string, message: string): DriverError {
  return new DriverError('InvalidSpec', message, { reason });
}
