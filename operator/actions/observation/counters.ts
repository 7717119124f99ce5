/** What a host counts of a machine, as status keeps it: within its bounds, whatever the host says. */
import type { ObservedDiagnostics } from '../../../crds/instance-action.ts';
import { OBSERVATION_LIMITS } from '../../../crds/vocabulary.ts';
import type { Diagnostics, DiskCounters, InterfaceCounters } from '../../../drivers/insight.ts';

const { items, raw: entries, text } = OBSERVATION_LIMITS;

export type Around = Pick<ObservedDiagnostics, 'driver' | 'power' | 'startedAt'>;

export function countersOf({ memory, cpus, disks, interfaces, raw }: Diagnostics, around: Around): ObservedDiagnostics {
  return {
    ...around,
    memory: counted(memory),
    cpus: cpus.slice(0, items).map(counted),
    disks: disks.slice(0, items).map(diskOf),
    interfaces: interfaces.slice(0, items).map(interfaceOf),
    raw: Object.fromEntries(
      Object.entries(raw)
        .filter(([key]) => key.length <= text)
        .slice(0, entries)
        .map(([key, value]) => [key, value.slice(0, text)]),
    ),
  };
}

const diskOf = ({ name, ...counts }: DiskCounters): ObservedDiagnostics['disks'][number] => ({ name: short(name), ...counted(counts) });

const interfaceOf = ({ mac, name, ...counts }: InterfaceCounters): ObservedDiagnostics['interfaces'][number] => ({
  macAddress: short(mac),
  ...(name === undefined ? {} : { name: short(name) }),
  ...counted(counts),
});

const short = (name: string): string => name.slice(0, text) || '-';

/** Only what can be told exactly: some hypervisors say -1 of what they do not know. */
function counted<T extends object>(fields: T): T {
  const known = Object.entries(fields).filter(([, value]) => Number.isSafeInteger(value) && value >= 0);
  return Object.fromEntries(known) as T;
}
