/** Image stores, good and bad, for manifests.ts: what is tried, the spec, and part of the refusal. */
type Row = readonly [what: string, spec: Readonly<Record<string, unknown>>, refusal?: string];

const at = (url: string, more: Readonly<Record<string, unknown>> = {}) => ({ http: { url, ...more } });
const HTTPS = 'https://store.example.com/hostler';

export const stores: readonly Row[] = [
  ['everything', { ...at(HTTPS, { credentialsSecret: { name: 'login' }, tls: { caSecret: { name: 'ca' } } }), default: true }],
  ['signatures', at(HTTPS, { credentialsSecret: { name: 'keys' }, s3: { region: 'us-east-1' } })],
  ['signatures by nobody', at(HTTPS, { s3: { region: 'us-east-1' } }), 's3 needs credentialsSecret'],
  ['a region that is none', at(HTTPS, { credentialsSecret: { name: 'keys' }, s3: { region: 'a/b' } }), 'region'],
  ['plain http', at('http://192.0.2.1:8080')],
  ['a password in the clear', at('http://192.0.2.1', { credentialsSecret: { name: 'login' } }), 'a password is not sent in the clear'],
  ['an authority without TLS', at('http://192.0.2.1', { tls: { caSecret: { name: 'ca' } } }), 'are for an https url'],
  ['a password in the url', at('https://me:secret@store.example.com/'), 'spec.http.url'],
  ['a query', at(`${HTTPS}?x=y`), 'spec.http.url'],
  ['another scheme', at('ftp://store.example.com/'), 'spec.http.url'],
  ['nothing', { http: undefined }, 'either http or sharedPool'],
  ['a pool that hosts share', { http: undefined, sharedPool: { sharedId: 'filer:/export' } }],
  ['a pool without its id', { http: undefined, sharedPool: {} }, 'spec.sharedPool.sharedId: Required value'],
  ['a server and a pool', { ...at(HTTPS), sharedPool: { sharedId: 'filer' } }, 'either http or sharedPool'],
];
