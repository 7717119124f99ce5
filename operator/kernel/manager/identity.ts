/** Who this process is, in Leases and Events: the Pod (its host name), and no other process of the same name. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

const MAX_HOST = 63;

export function processIdentity(): string {
  return `${hostname().slice(0, MAX_HOST)}_${randomUUID().slice(0, 8)}`;
}
