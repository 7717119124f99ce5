/**
 * How a machine differs from what it should be. Only what was asked for is compared, in our words: addresses, controllers,
 * CPU details and whatever else libvirt adds or spells out cannot be drift.
 */
import type { Drift, Machine, MachineDisk, MachineInterface, MachineSpec } from '../../contract.ts';
import type { OwnerMark } from '../../owner.ts';
import { readDefinition, type Definition, type DefinitionPart } from './definition.ts';
import { diskKeys } from './names.ts';

const ABSENT = 'absent';
const MEBIBYTE = 2 ** 20;

export function drift(wanted: MachineSpec, machine: Machine): readonly Drift[] {
  const definition = readDefinition(machine.definition);
  const { next } = definition;
  return [
    ...differs('vcpus', 'Boot', wanted.vcpus, next.vcpus),
    ...memoryDrift(wanted, next),
    ...diskDrift(wanted.disks, next.disks),
    ...interfaceDrift(wanted.interfaces, definition),
    ...ownerDrift(wanted.owner, definition),
  ];
}

export const sourceField = ({ name }: MachineInterface): string => `interfaces[${name}].source`;
export const sourceText = ({ source }: MachineInterface): string =>
  'network' in source ? `network ${source.network}` : `bridge ${source.bridge}`;

function differs(field: string, effect: Drift['effect'], wanted: string | number, found: string | number): readonly Drift[] {
  return wanted === found ? [] : [{ field, effect, wanted: String(wanted), found: String(found) }];
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / MEBIBYTE);

/** libvirt rounds memory up to whole MiB: less than one is not a difference. */
function memoryDrift(wanted: MachineSpec, found: DefinitionPart): readonly Drift[] {
  if (mebibytes(wanted.memoryBytes) === mebibytes(found.memoryBytes)) return [];
  return differs('memory', 'Boot', wanted.memoryBytes, found.memoryBytes);
}

function diskDrift(wanted: readonly MachineDisk[], found: readonly MachineDisk[]): readonly Drift[] {
  const [wants, finds] = [byKey(wanted), byKey(found)];
  const keys = new Set([...wants.keys(), ...finds.keys()]);
  return [...keys].flatMap((key) => differs(`disks[${key}]`, 'Boot', wants.get(key) ?? ABSENT, finds.get(key) ?? ABSENT));
}

function byKey(disks: readonly MachineDisk[]): ReadonlyMap<string, string> {
  const keys = diskKeys(disks);
  return new Map(disks.map(({ pool, name }, index) => [keys[index] ?? '', `${pool}/${name}`]));
}

function interfaceDrift(wanted: readonly MachineInterface[], { next, live }: Definition): readonly Drift[] {
  const known = new Set(wanted.map(({ mac }) => mac.toLowerCase()));
  const extra = next.interfaces.filter(({ mac }) => !known.has(mac));
  return [
    ...wanted.flatMap((one) => {
      const [inNext, inLive] = [sourceIn(next, one), live === undefined ? undefined : sourceIn(live, one)];
      if (inNext === undefined) return differs(`interfaces[${one.name}]`, 'Boot', sourceText(one), ABSENT);
      // Plugging a running machine over takes one call; one that is off gets it with its definition.
      if (inLive === undefined) return differs(sourceField(one), 'Boot', sourceText(one), inNext);
      return differs(sourceField(one), 'Live', sourceText(one), inNext === sourceText(one) ? inLive : inNext);
    }),
    ...extra.flatMap(({ mac, source }) => differs(`interfaces[${mac}]`, 'Boot', ABSENT, source)),
  ];
}

const sourceIn = (part: DefinitionPart, { mac }: MachineInterface): string | undefined =>
  part.interfaces.find((one) => one.mac === mac.toLowerCase())?.source;

/** Whose it is. What the mark records of operations and runs comes and goes with them and is no drift. */
function ownerDrift(wanted: OwnerMark, { next, live }: Definition): readonly Drift[] {
  return differs('owner', live === undefined ? 'Boot' : 'Live', identityOf(wanted), identityOf(next.owner));
}

const identityOf = (mark: OwnerMark | undefined): string =>
  mark === undefined ? ABSENT : [mark.clusterId, mark.namespace, mark.name, mark.uid, mark.role].join('/');
