/**
 * How a machine differs from what it should be. Only what was asked for is compared, in our words: addresses, controllers,
 * CPU details and whatever else libvirt adds or spells out cannot be drift.
 */
import type { Drift, Machine, MachineDisk, MachineSpec } from '../../contract.ts';
import { STARTING, type OwnerMark } from '../../owner.ts';
import { readDefinition, type Definition, type DefinitionPart } from './definition.ts';
import { wantedHardware } from './hardware.ts';
import { diskKeys } from './names.ts';
import { interfaceDrift } from './interfaces.ts';
import { sizeDrift } from './size.ts';

const ABSENT = 'absent';

export function drift(wanted: MachineSpec, machine: Machine): readonly Drift[] {
  const definition = readDefinition(machine.definition);
  const { next } = definition;
  return [
    ...sizeDrift(wanted, next),
    ...diskDrift(wanted.disks, next.disks),
    ...interfaceDrift(wanted.interfaces, definition),
    ...hardwareDrift(wanted, next),
    ...ownerDrift(wanted.owner, definition),
  ];
}

function differs(field: string, effect: Drift['effect'], wanted: string | number, found: string | number): readonly Drift[] {
  return wanted === found ? [] : [{ field, effect, wanted: String(wanted), found: String(found) }];
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
