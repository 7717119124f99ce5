/**
 * How a machine differs from what it should be. Only what was asked for is compared, in our words: addresses, controllers,
 * CPU details and whatever else libvirt adds or spells out cannot be drift.
 */
import type { Drift, Machine, MachineDisk, MachineInterface, MachineSpec } from '../../contract.ts';
import { STARTING, type OwnerMark } from '../../owner.ts';
import { readDefinition, type Definition, type DefinitionPart } from './definition.ts';
import { wantedHardware } from './hardware.ts';
import { diskKeys } from './names.ts';
import { wantedCard } from './tuning.ts';
import type { ViewedInterface } from './view.ts';

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
    ...hardwareDrift(wanted, next),
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

function hardwareDrift(wanted: MachineSpec, { hardware = {} }: DefinitionPart): readonly Drift[] {
  const asked = wantedHardware(wanted, hardware);
  const fields = new Set([...Object.keys(asked), ...Object.keys(hardware)]);
  return [...fields].flatMap((field) => differs(field, 'Boot', asked[field] ?? ABSENT, hardware[field] ?? ABSENT));
}

function byKey(disks: readonly MachineDisk[]): ReadonlyMap<string, string> {
  const keys = diskKeys(disks);
  return new Map(
    disks.map(({ pool, name, device }, index) => [keys[index] ?? '', `${pool}/${name}${device === 'CDROM' ? ' as a CD-ROM' : ''}`]),
  );
}

function interfaceDrift(wanted: readonly MachineInterface[], { next, live }: Definition): readonly Drift[] {
  const asked = new Set(wanted.map(({ name }) => name));
  const extra = next.interfaces.filter(({ name }) => !asked.has(name));
  return [
    ...wanted.flatMap((one) => cardDrift(one, cardIn(next, one), live && cardIn(live, one))),
    ...extra.flatMap(({ name, source }) => differs(`interfaces[${name}]`, 'Boot', ABSENT, source)),
  ];
}

function cardDrift(wanted: MachineInterface, next: ViewedInterface | undefined, live: ViewedInterface | undefined): readonly Drift[] {
  if (next === undefined) return differs(`interfaces[${wanted.name}]`, 'Boot', sourceText(wanted), ABSENT);
  const mac = differs(`interfaces[${wanted.name}].mac`, 'Boot', wanted.mac.toLowerCase(), next.mac);
  const other = [...mac, ...tuningDrift(wanted, next)];
  const source = sourceText(wanted);
  // A running machine is plugged over in one call, if it has the card; one that is off gets it with its definition.
  if (live?.mac !== next.mac) return [...other, ...differs(sourceField(wanted), 'Boot', source, next.source)];
  return [...other, ...differs(sourceField(wanted), 'Live', source, next.source === source ? live.source : next.source)];
}

function tuningDrift(wanted: MachineInterface, { tuning: found = {} }: ViewedInterface): readonly Drift[] {
  const asked = wantedCard(wanted);
  const parts = new Set([...Object.keys(asked), ...Object.keys(found)]);
  return [...parts].flatMap((part) => differs(`interfaces[${wanted.name}].${part}`, 'Boot', asked[part] ?? ABSENT, found[part] ?? ABSENT));
}

const cardIn = (part: DefinitionPart, { name }: MachineInterface): ViewedInterface | undefined =>
  part.interfaces.find((one) => one.name === name);

/** Whose it is and what is done with it. What a start leaves in the mark is no drift, unless a certain run is asked for. */
function ownerDrift(wanted: OwnerMark, { next, live }: Definition): readonly Drift[] {
  return differs('owner', live === undefined ? 'Boot' : 'Live', markText(wanted, wanted), markText(next.owner, wanted));
}

function markText(mark: OwnerMark | undefined, asked: OwnerMark): string {
  if (mark === undefined) return ABSENT;
  const { clusterId, namespace, name, uid, role, operation = '', runId, bootHash } = mark;
  const run = [asked.runId === undefined ? [] : [runId], asked.bootHash === undefined ? [] : [bootHash]].flat();
  return [clusterId, namespace, name, uid, role, operation === STARTING ? '' : operation, ...run].join('/');
}
