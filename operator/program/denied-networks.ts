/**
 * The networks that images are never fetched from: what the flag says, and where this process itself reaches the API server.
 * In a pod that is the address of the Service; the chart adds those behind it, where it can ask the cluster.
 */
import { isIP } from 'node:net';

export interface ApiServer {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** Set when a proxy leads there: then its name may mean nothing here. */
  readonly proxyAgent?: object;
}

/** All addresses of a name. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/**
 * The networks given, and one for each address that the API server has now; later changes of its name are not followed. An
 * empty list stays empty: somebody said that nothing is denied. Rejects when the name of an API server leads nowhere: it
 * could not be reached either.
 */
export async function deniedNetworks(given: readonly string[], apiServer: ApiServer, resolve: Resolve): Promise<readonly string[]> {
  if (given.length === 0) return given;
  const addresses = await addressesOf(apiServer, resolve);
  return [...new Set([...given, ...addresses.map((address) => `${address}/${isIP(address) === 4 ? 32 : 128}`)])];
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
