/**
 * What the bundle has in the place of packages that xen-api loads and that we never use. Its own cache of objects (ours is
 * objects.ts, and it is told to watch nothing) and the error of a look into it are under the AGPL, and are not shipped; its
 * way through a proxy (ours is socket.ts) brings 1.4 MB of interpreters.
 */
const unused = (): never => {
  throw new Error('This part of xen-api is not part of this program');
};

/** xen-api makes one whether it watches or not. */
export class Collection {
  createIndex(): void {
    // Nothing is ever put into it.
  }
  get all(): never {
    return unused();
  }
  readonly bufferEvents = unused;
  readonly remove = unused;
  readonly set = unused;
  readonly unset = unused;
}

export class Index {
  /** It is told of each change of a collection. */
  readonly onUpdate = unused;
}

export const noSuchObject = unused;

export class ProxyAgent {
  readonly destroy = unused;
  readonly getProxyForUrl = unused;
}
