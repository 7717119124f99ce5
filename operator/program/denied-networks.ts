/**
 * The networks that images are not fetched from: what the flag says, networks that are never the world outside, where this
 * process itself is, and where it reaches the API server. In a pod that is the address of the Service; the chart adds those
 * behind it, where it can ask the cluster.
 */
import { isIP } from 'node:net';
import { SPECIAL_NETWORKS } from '../images/download/special-networks.ts';

export interface ApiServer {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** Set when a proxy leads there: then its name may mean nothing here. */
  readonly proxyAgent?: object;
}

/** All addresses of a name. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** What is known of this process without asking anybody. */
export interface Own {
  readonly apiServer: ApiServer;
  /** Of the pod, as networks of one; empty where it is none. */
  readonly podAddresses: readonly string[];
}

/**
 * The networks given and those that are added; later changes of the API server's name are not followed. An empty list stays
 * empty: somebody said that nothing is denied. Rejects when the name of an API server leads nowhere: it could not be
 * reached either.
 */
export async function deniedNetworks(given: readonly string[], own: Own, resolve: Resolve): Promise<readonly string[]> {
  if (given.length === 0) return given;
  const addresses = await addressesOf(own.apiServer, resolve);
  const apiServer = addresses.map((address) => `${address}/${isIP(address) === 4 ? 32 : 128}`);
  return [...new Set([...given, ...SPECIAL_NETWORKS, ...own.podAddresses, ...apiServer])];
}

async function addressesOf({ server, proxyAgent }: ApiServer, resolve: Resolve): Promise<readonly string[]> {
  const hostname = new URL(server).hostname.replace(/^\[|\]$/g, '');
  if (isIP(hostname) !== 0) return [hostname];
  try {
    return await resolve(hostname);
  } catch (error) {
    if (proxyAgent !== undefined) return [];
    throw new Error(`the API server ${server} has no address: images could not be kept from being fetched there`, { cause: error });
  }
}
