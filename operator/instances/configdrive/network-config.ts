/**
 * cloud-init's network config version 2 (netplan's format): interfaces matched by MAC, in the order of the spec.
 *
 * Source: https://cloudinit.readthedocs.io/en/latest/reference/network-config-format-v2.html
 */
import type { Addressing, GuestInterface } from './guest-config.ts';

export function networkConfig(interfaces: readonly GuestInterface[]): string {
  // Put together as text: JavaScript would move keys that look like numbers to the front, and the order is what users wrote.
  const ethernets = interfaces.map((one) => `${JSON.stringify(one.name)}:${JSON.stringify(ethernet(one))}`);
  return `{"version":2,"ethernets":{${ethernets.join(',')}}}`;
}

function ethernet({ mac, mtu, dns, addressing }: GuestInterface): unknown {
  const fixed = addressing.filter((one): one is Extract<Addressing, { kind: 'Static' }> => one.kind === 'Static');
  const routes = fixed.flatMap((one) => one.routes.map(({ destination, gateway }) => ({ to: destination, via: gateway })));
  const has = (kind: Addressing['kind']): boolean => addressing.some((one) => one.kind === kind);
  return {
    match: { macaddress: mac },
    dhcp4: has('DHCPv4'),
    ...(has('SLAAC') ? { 'accept-ra': true } : {}),
    ...(fixed.length === 0 ? {} : { addresses: fixed.map(({ address, prefixLength }) => `${address}/${prefixLength}`) }),
    ...(routes.length === 0 ? {} : { routes }),
    ...(dns.length === 0 ? {} : { nameservers: { addresses: dns } }),
    ...(mtu === undefined ? {} : { mtu }),
  };
}
