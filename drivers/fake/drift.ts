/** How a fake machine differs from what it should be. CPUs, memory and disks change at boot; interfaces and the mark live. */
import type { Drift, Machine, MachineDisk, MachineInterface, MachineSpec } from '../contract.ts';
import type { Firmware, Hardware as AskedHardware } from '../hardware.ts';
import type { OwnerMark } from '../owner.ts';
import type { FakeDefinition } from './observation.ts';
import type { Hardware } from './protocol.ts';

export function driftOf(wanted: MachineSpec, machine: Machine): readonly Drift[] {
  const { hardware, running } = JSON.parse(machine.definition) as FakeDefinition;
  return [
    ...differing('owner', 'Live', markText(wanted.owner, wanted.owner), markText(machine.owner, wanted.owner)),
    ...differing('vcpus', 'Boot', `${wanted.vcpus}`, `${hardware.vcpus}`),
    ...differing('memory', 'Boot', `${wanted.memoryBytes}`, `${hardware.memoryBytes}`),
    ...differing('maximum', 'Boot', maximumText(wanted), maximumText(hardware)),
    ...diskDrift(wanted, hardware),
    ...interfaceDrift(wanted, [hardware, ...(running === undefined ? [] : [running])]),
    ...firmwareDrift(wanted, hardware),
    ...partDrift('devices', withKeptTpm(wanted, hardware), hardware),
    ...partDrift('cpu', wanted, hardware),
    ...partDrift('memory', wanted, hardware),
    ...partDrift('storage', wanted, hardware),
  ];
}

function differing(field: string, effect: Drift['effect'], wanted: string, found: string): readonly Drift[] {
  return wanted === found ? [] : [{ field, effect, wanted, found }];
}

const maximumText = ({ maximum }: Pick<MachineSpec, 'maximum'>): string =>
  maximum === undefined ? '' : `${maximum.vcpus} CPUs, ${maximum.memoryBytes} bytes`;

/** The run that the mark tells of is no drift, unless a certain one is asked for. */
function markText(mark: OwnerMark | undefined, asked: OwnerMark): string {
  if (mark === undefined) return '';
  const { clusterId, namespace, name, uid, role, operation = '' } = mark;
  const runId = asked.runId === undefined ? '' : mark.runId;
  const bootHash = asked.bootHash === undefined ? '' : mark.bootHash;
  return JSON.stringify({ clusterId, namespace, name, uid, role, operation, runId, bootHash });
}

/** Firmware that nobody asks for stays as it is. */
function firmwareDrift({ firmware }: MachineSpec, found: Hardware): readonly Drift[] {
  return firmware === undefined ? [] : differing('firmware', 'Boot', JSON.stringify(firmware), JSON.stringify(found.firmware ?? BIOS));
}

const BIOS: Firmware = { type: 'BIOS', secureBoot: false };

/** A TPM that nobody asks for stays. */
function withKeptTpm({ devices }: MachineSpec, found: Hardware): AskedHardware {
  const tpm = devices?.tpm ?? found.devices?.tpm;
  return { devices: { ...devices, ...(tpm && { tpm }) } };
}

/** By part: `devices[tpm]`. */
function partDrift(record: 'devices' | 'cpu' | 'memory' | 'storage', wanted: AskedHardware, found: AskedHardware): readonly Drift[] {
  if (wanted[record] === undefined && found[record] === undefined) return [];
  const [asked, there] = [new Map(Object.entries(wanted[record] ?? {})), new Map(Object.entries(found[record] ?? {}))];
  const parts = new Set([...asked.keys(), ...there.keys()]);
  return [...parts].flatMap((part) => differing(`${record}[${part}]`, 'Boot', partText(asked, part), partText(there, part)));
}

const partText = (parts: ReadonlyMap<string, unknown>, part: string): string => JSON.stringify(parts.get(part) ?? '');

function diskDrift(wanted: MachineSpec, found: Hardware): readonly Drift[] {
  const keys = new Set([...wanted.disks, ...found.disks].map(keyOf));
  return [...keys].flatMap((key) => differing(`disks[${key}]`, 'Boot', disksOf(wanted, key), disksOf(found, key)));
}

const keyOf = ({ role, label }: MachineDisk): string => (label === undefined ? role : `${role}-${label}`);

function disksOf({ disks }: Hardware | MachineSpec, key: string): string {
  const ofKey = disks.filter((disk) => keyOf(disk) === key);
  return ofKey.map(({ pool, name, device }) => `${pool}/${name}${device === 'CDROM' ? ' as a CD-ROM' : ''}`).join(', ');
}

/** Compared with what runs too: an interface that only the definition has is not plugged in. */
function interfaceDrift(wanted: MachineSpec, found: readonly Hardware[]): readonly Drift[] {
  const names = new Set([wanted, ...found].flatMap(({ interfaces }) => interfaces.map(({ name }) => name)));
  return [...names].flatMap((name) => {
    const asked = interfaceText(wanted.interfaces, name);
    const differs = found.map(({ interfaces }) => interfaceText(interfaces, name)).find((there) => there !== asked);
    return differs === undefined ? [] : differing(`interfaces[${name}]`, 'Live', asked, differs);
  });
}

function interfaceText(interfaces: readonly MachineInterface[], name: string): string {
  const found = interfaces.find((candidate) => candidate.name === name);
  if (found === undefined) return '';
  const source = 'network' in found.source ? `network ${found.source.network}` : `bridge ${found.source.bridge}`;
  return `${found.mac} on ${source}`;
}
