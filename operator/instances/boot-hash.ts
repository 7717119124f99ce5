/**
 * Hash of those parts of a spec that take effect at boot. The machine's mark keeps the one of its last start, and where
 * the two differ the Instance needs a restart.
 *
 * It must not change with the version of the operator: every guest would seem to need a restart. So it is made of what
 * the user wrote (names and sizes), never of what is generated from it, and a part that is absent leaves no trace: parts
 * that later versions add change nothing for those who do not use them.
 */
import { createHash } from 'node:crypto';
import { cardOf, hardwareOf } from './hardware.ts';
import type { InstanceSpec } from '../../crds/instance.ts';

export interface BootSize {
  readonly vcpus: number;
  readonly memoryBytes: number;
}

export function bootHash(spec: InstanceSpec, size: BootSize): string {
  return hashOf({
    vcpus: size.vcpus,
    memoryBytes: size.memoryBytes,
    networks: spec.networks?.map((one) => ({
      name: one.name,
      networkName: one.networkName,
      macAddress: one.macAddress,
      addresses: one.addresses,
      ...cardOf(one),
    })),
    ...toldAtBoot(spec),
  });
}

/**
 * Of what no change of a running guest can meet: neither its size, nor which interfaces it has. What an interface has of its
 * own, a guest is told at boot.
 */
export function fixedHash(spec: InstanceSpec): string {
  const networks = (spec.networks ?? []).flatMap((one) => {
    const own = { addresses: one.addresses, ...cardOf(one) };
    return (one.addresses ?? []).length + Object.keys(own).length > 1 ? [{ name: one.name, ...own }] : [];
  });
  return hashOf({ networks, ...toldAtBoot(spec) });
}

const toldAtBoot = (spec: InstanceSpec): object => ({
  hostname: spec.hostname,
  // The content of Secrets is read at every start; a hashed name makes a change of it visible here.
  userData: spec.userData?.secretKeyRef,
  vendorData: spec.vendorData?.secretKeyRef,
  files: spec.files,
  sshAuthorizedKeys: spec.sshAuthorizedKeys,
  metadata: spec.metadata,
  ...hardwareOf(spec),
});

const hashOf = (parts: object): string => createHash('sha256').update(canonical(parts)).digest('hex').slice(0, 32);

/** JSON with sorted keys; what is absent or empty is left out. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (Array.isArray(each)) return each.length === 0 ? undefined : each;
    if (typeof each !== 'object' || each === null) return each;
    const entries = Object.entries(each).filter(([, part]) => part !== undefined);
    return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
