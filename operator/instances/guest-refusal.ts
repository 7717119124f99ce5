/** What the spec asks of a guest and its image or networks cannot give: nothing is built or started for it. */
import type { ImageProperties } from '../../crds/image.ts';
import type { InstanceSpec } from '../../crds/instance.ts';
import { driveShape } from './config-drive.ts';
import { strayAddress } from './configdrive/addressing.ts';
import { hostnameProblem } from './hostname.ts';
import type { Refusal } from './plan/types.ts';
import type { WantedInterface } from './wanted.ts';

/** Undefined: nothing is in the way. */
export function guestRefusal(
  spec: InstanceSpec,
  properties: ImageProperties | undefined,
  interfaces: readonly WantedInterface[],
): Refusal | undefined {
  for (const { name, mac, network, addresses } of interfaces) {
    const stray = strayAddress({ name, mac, network: network.spec, addresses });
    if (stray !== undefined) {
      const subnets = (network.spec.subnets ?? []).map(({ cidr }) => cidr).join(', ');
      return {
        reason: 'AddressOutsideNetwork',
        message: `address ${stray} of interface ${name} is in no subnet of Network ${network.metadata.name} (${subnets === '' ? 'it has none' : subnets}): change one of the two`,
      };
    }
  }
  const hostname = hostnameProblem({ hostname: spec.hostname, os: properties?.os ?? 'Linux' });
  if (hostname !== undefined) return { reason: 'HostnameInvalid', message: hostname };
  if (driveShape(properties).layout !== 'Sysprep') return undefined;
  const field = spec.vendorData !== undefined ? 'vendorData' : (spec.files ?? []).length > 0 ? 'files' : undefined;
  return field === undefined
    ? undefined
    : {
        reason: 'GuestDataUnsupported',
        message: `Image ${spec.imageName ?? 'of the root disk'} has the config drive layout Sysprep, and Windows Setup takes nothing but its answer file: remove spec.${field}`,
      };
}
