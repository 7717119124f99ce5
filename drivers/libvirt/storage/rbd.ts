/**
 * Images of Ceph: libvirt lists them in a pool of type rbd, and leaves it to each machine to say how its own is reached: the
 * monitors, the user, and which of the host's secrets holds its key. All of that is in the pool's definition.
 */
import { attribute, child, children, textOf, type XmlElement } from '../xml.ts';

export interface RbdPool {
  /** Ceph's own name for the pool. */
  readonly name: string;
  readonly monitors: readonly { readonly name: string; readonly port: string | undefined }[];
  readonly auth: { readonly username: string; readonly secret: Readonly<Record<string, string>> } | undefined;
}

/** Of a `<pool type="rbd">`. */
export function readRbd(pool: XmlElement): RbdPool {
  const source = child(pool, 'source');
  const auth = child(source, 'auth');
  const secret = child(auth, 'secret');
  const named = ['uuid', 'usage'].flatMap((what) => {
    const value = attribute(secret, what);
    return value === undefined ? [] : [[what, value] as const];
  });
  return {
    name: textOf(child(source, 'name')),
    monitors: children(source, 'host').map((host) => ({ name: attribute(host, 'name') ?? '', port: attribute(host, 'port') })),
    auth: auth && { username: attribute(auth, 'username') ?? '', secret: Object.fromEntries(named) },
  };
}

/** The `<source>` of a disk of type network. The secret is named, and never read. */
export const rbdSource = ({ name, monitors, auth }: RbdPool, image: string): XmlElement => ({
  '@protocol': 'rbd',
  '@name': `${name}/${image}`,
  host: monitors.map((monitor) => ({ '@name': monitor.name, '@port': monitor.port })),
  auth: auth && {
    '@username': auth.username,
    secret: { '@type': 'ceph', '@uuid': auth.secret['uuid'], '@usage': auth.secret['usage'] },
  },
});
