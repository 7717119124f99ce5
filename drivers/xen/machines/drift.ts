/** How a machine differs from what it should be: only what was asked for is compared, in our words. */
import type { Drift, Machine, MachineDisk, MachineSpec } from '../../contract.ts';
import { STARTING, type OwnerMark } from '../../owner.ts';
import { readDefinition, type Card, type Definition, type Part } from './definition.ts';
import { hardwareText } from './hardware.ts';

const ABSENT = 'absent';

export function drift(wanted: MachineSpec, machine: Machine): readonly Drift[] {
  const definition = readDefinition(machine.definition);
  const { next } = definition;
  return [
    ...sizeDrift(wanted, next),
    ...differences('disks', disksByKey(wanted.disks), disksByKey(next.disks)),
    ...cardDrift(wanted, definition),
    ...hardwareDrift(wanted, next),
    ...ownerDrift(wanted.owner, definition),
  ];
}

function differs(field: string, effect: Drift['effect'], wanted: string | number, found: string | number): readonly Drift[] {
  return wanted === found ? [] : [{ field, effect, wanted: String(wanted), found: String(found) }];
}

function differences(what: string, wanted: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): readonly Drift[] {
  const keys = new Set([...wanted.keys(), ...found.keys()]);
  return [...keys].flatMap((key) => differs(`${what}[${key}]`, 'Boot', wanted.get(key) ?? ABSENT, found.get(key) ?? ABSENT));
}

function sizeDrift(wanted: MachineSpec, next: Part): readonly Drift[] {
  const most = wanted.maximum ?? wanted;
  const found = next.maximum ?? next;
  return [
    ...differs('vcpus', 'Boot', wanted.vcpus, next.vcpus),
    ...differs('memory', 'Boot', wanted.memoryBytes, next.memoryBytes),
    // Of a machine with no more than it has, the maximum follows.
    ...(wanted.maximum === undefined && next.maximum === undefined
      ? []
      : differs('maximum', 'Boot', `${most.vcpus}, ${most.memoryBytes}`, `${found.vcpus}, ${found.memoryBytes}`)),
  ];
}

function disksByKey(disks: readonly MachineDisk[]): ReadonlyMap<string, string> {
  return new Map(
    disks.map(({ role, label, pool, name, device }) => [
      label === undefined ? role : `${role}-${label}`,
      `${pool}/${name}${device === 'CDROM' ? ' as a CD-ROM' : ''}`,
    ]),
  );
}

/** Of what runs, too: a card that only the definition has is not plugged in. */
function cardDrift(wanted: MachineSpec, { next, live }: Definition): readonly Drift[] {
  const asked = cardsByName(wanted.interfaces);
  const found = [next, ...(live === undefined ? [] : [live])].map(({ interfaces }) => cardsByName(interfaces));
  const names = new Set([...asked.keys(), ...found.flatMap((cards) => [...cards.keys()])]);
  return [...names].flatMap((name) => {
    const other = found.find((cards) => cards.get(name) !== asked.get(name));
    return other === undefined ? [] : differs(`interfaces[${name}]`, 'Live', asked.get(name) ?? ABSENT, other.get(name) ?? ABSENT);
  });
}

function cardsByName(cards: readonly Card[]): ReadonlyMap<string, string> {
  return new Map(
    cards.map(({ name, mac, source, mtu }) => [
      name,
      [
        mac.toLowerCase(),
        'bridge' in source ? `bridge ${source.bridge}` : source.network,
        ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
      ].join(', '),
    ]),
  );
}

function hardwareDrift(wanted: MachineSpec, { hardware }: Part): readonly Drift[] {
  const asked = hardwareText(wanted, hardware);
  const fields = new Set([...Object.keys(asked), ...Object.keys(hardware)]);
  return [...fields].flatMap((field) => differs(field, 'Boot', asked[field] ?? ABSENT, hardware[field] ?? ABSENT));
}

/** Whose it is and what is done with it. What a start leaves in the mark is no drift, unless a certain run is asked for. */
function ownerDrift(wanted: OwnerMark, { owner, live }: Definition): readonly Drift[] {
  return differs('owner', live === undefined ? 'Boot' : 'Live', markText(wanted, wanted), markText(owner, wanted));
}

function markText(mark: OwnerMark | undefined, asked: OwnerMark): string {
  if (mark === undefined) return ABSENT;
  const { clusterId, namespace, name, uid, role, operation = '', runId, bootHash } = mark;
  const run = [asked.runId === undefined ? [] : [runId], asked.bootHash === undefined ? [] : [bootHash]].flat();
  return [clusterId, namespace, name, uid, role, operation === STARTING ? '' : operation, ...run].join('/');
}
