/** The objects that every scenario needs, as a user would write them. */
import { API_VERSION } from './instances.ts';

export function flavor(name: string, vcpus: number, memory = '16Mi', rootDisk = '16Mi', maximum: object = {}): object {
  return { apiVersion: API_VERSION, kind: 'Flavor', metadata: { name }, spec: { vcpus, memory, rootDisk, ...maximum } };
}

export function network(name: string): object {
  return { apiVersion: API_VERSION, kind: 'Network', metadata: { name }, spec: { hostNetwork: 'lab' } };
}

export function image(name: string, source: Readonly<Record<string, unknown>>): object {
  return { apiVersion: API_VERSION, kind: 'Image', metadata: { name }, spec: { sources: [source] } };
}

export function libvirtHypervisor(name: string, uri: string): object {
  return {
    apiVersion: API_VERSION,
    kind: 'Hypervisor',
    metadata: { name },
    spec: { driver: 'libvirt', libvirt: { uri }, networks: { lab: { network: 'default' } }, pools: { main: { pool: 'default' } } },
  };
}
