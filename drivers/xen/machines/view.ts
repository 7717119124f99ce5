/** A machine in the contract's words, from the pool's objects as they are known. */
import type { DiskRef, Machine, MachineState, ObservedInterface, PluggedVolume } from '../../contract.ts';
import { markOf } from '../mark.ts';
import { isRef } from '../session/edge.ts';
import type { Kept } from '../session/objects.ts';
import type { Site } from '../site.ts';
import { diskNameOf } from '../storage/names.ts';
import { writeDefinition, type Card, type Part } from './definition.ts';
import { hardwareText } from './hardware.ts';
import { isBusy, isOn, powerOf } from './power.ts';
import { specOf, type Plan } from './spec-entry.ts';
import { cardTagOf, diskTagOf, volumeTagOf } from './tags.ts';

export function stateOf(vm: Kept<'VM'>): MachineState {
  const owner = markOf(vm.other_config);
  return {
    machineId: vm.uuid,
    name: vm.name_label,
    ...powerOf(vm),
    ...(owner === undefined ? {} : { owner }),
    busy: isBusy(vm),
    // XAPI has no machines without a definition.
    persistent: true,
  };
}

export function machineOf(site: Site, vm: Kept<'VM'>): Machine {
  const state = stateOf(vm);
  const { next, live } = partsOf(site, vm);
  const shown = live ?? next;
  const volumes = pluggedVolumes(next, live);
  return {
    ...state,
    vcpus: shown.vcpus,
    memoryBytes: shown.memoryBytes,
    ...(shown.maximum && { maximum: shown.maximum }),
    disks: shown.disks,
    ...(volumes.length > 0 && { volumes }),
    interfaces: isOn(vm) ? plugged(site, vm) : next.interfaces.map(({ mac }) => ({ mac, addresses: [] })),
    definition: writeDefinition({ ...(state.owner && { owner: state.owner }), next, ...(live && { live }) }),
  };
}

/** Of the next start, and of what runs. */
export function partsOf(site: Site, vm: Kept<'VM'>): { readonly next: Part; readonly live: Part | undefined } {
  const entry = specOf(vm.other_config);
  const actual = actualPart(site, vm, entry?.applied === true ? entry.plan : undefined);
  const live = isOn(vm) ? { ...actual, ...whatIsPlugged(site, vm) } : undefined;
  return { next: entry?.applied === false ? plannedPart(entry.plan) : actual, live };
}

function plannedPart({ vcpus, memoryBytes, maximum, disks, volumes = [], interfaces, ...hardware }: Plan): Part {
  return {
    vcpus,
    memoryBytes,
    ...(maximum && { maximum }),
    disks,
    volumes: volumes.map(({ id, pool, name }) => ({ id, pool, name })),
    interfaces: interfaces.map(({ name, mac, source, mtu }) => ({ name, mac, source, ...(mtu !== undefined && { mtu }) })),
    hardware: hardwareText(hardware),
  };
}

function actualPart(site: Site, vm: Kept<'VM'>, plan: Plan | undefined): Part {
  const { VCPUs_at_startup: vcpus, VCPUs_max, memory_dynamic_max: memoryBytes, memory_static_max } = vm;
  return {
    vcpus,
    memoryBytes,
    ...((VCPUs_max > vcpus || memory_static_max > memoryBytes) && { maximum: { vcpus: VCPUs_max, memoryBytes: memory_static_max } }),
    disks: disksOf(site, vbdsOf(site, vm)),
    volumes: volumesOf(site, vbdsOf(site, vm)),
    interfaces: cardsOf(site, vifsOf(site, vm)),
    hardware: plan === undefined ? {} : hardwareText(plan),
  };
}

function whatIsPlugged(site: Site, vm: Kept<'VM'>): Pick<Part, 'disks' | 'volumes' | 'interfaces'> {
  const vbds = vbdsOf(site, vm).filter(({ currently_attached }) => currently_attached);
  const vifs = vifsOf(site, vm).filter(({ currently_attached }) => currently_attached);
  return { disks: disksOf(site, vbds), volumes: volumesOf(site, vbds), interfaces: cardsOf(site, vifs) };
}

const byNumber = (a: { readonly device: number }, b: { readonly device: number }): number => a.device - b.device;

export function vbdsOf(site: Site, vm: Kept<'VM'>): readonly Kept<'VBD'>[] {
  const found = site.objects.each('VBD', vm.VBDs);
  return found
    .map((vbd) => ({ vbd, device: Number(vbd.userdevice) }))
    .toSorted(byNumber)
    .map(({ vbd }) => vbd);
}

export function vifsOf(site: Site, vm: Kept<'VM'>): readonly Kept<'VIF'>[] {
  const found = site.objects.each('VIF', vm.VIFs);
  return found
    .map((vif) => ({ vif, device: Number(vif.device) }))
    .toSorted(byNumber)
    .map(({ vif }) => vif);
}

/** Of a VDI. Named as it was asked for, where that is still the same repository. */
function diskRefOf(site: Site, vdi: Kept<'VDI'>, asked: string | undefined): DiskRef {
  const repository = site.objects.get('SR', vdi.SR);
  const isAsked = repository !== undefined && asked !== undefined && [repository.uuid, repository.name_label].includes(asked);
  return { pool: isAsked ? asked : repository === undefined ? '' : site.nameOf(repository), name: diskNameOf(vdi) };
}

/** Disks that nobody marked as ours count by their numbers: 0 is what it boots from. */
function disksOf(site: Site, vbds: readonly Kept<'VBD'>[]): Part['disks'] {
  const disks = vbds.flatMap((vbd): (readonly [order: number, disk: Part['disks'][number]])[] => {
    const vdi = site.objects.get('VDI', vbd.VDI);
    if (vdi === undefined || vbd.empty || volumeTagOf(vbd.other_config) !== undefined) return [];
    const tag = diskTagOf(vbd.other_config);
    const ref = diskRefOf(site, vdi, tag?.pool);
    if (tag !== undefined) return [[ORDER.indexOf(tag.role), { ...tag, ...ref }]];
    const device = vbd.type === 'CD' ? { device: 'CDROM' as const } : {};
    if (vbd.userdevice === '0') return [[0, { role: 'root', ...device, ...ref }]];
    return [[ORDER.indexOf('ephemeral'), { role: 'ephemeral', label: `device-${vbd.userdevice}`, ...device, ...ref }]];
  });
  return disks.toSorted(([a], [b]) => a - b).map(([, disk]) => disk);
}

/** As a specification has them; within one, by their numbers. */
const ORDER: readonly string[] = ['root', 'ephemeral', 'swap', 'config', 'rescue'];

function volumesOf(site: Site, vbds: readonly Kept<'VBD'>[]): Part['volumes'] {
  return vbds.flatMap((vbd) => {
    const tag = volumeTagOf(vbd.other_config);
    const vdi = site.objects.get('VDI', vbd.VDI);
    return tag === undefined || vdi === undefined ? [] : [{ id: tag.id, ...diskRefOf(site, vdi, tag.pool) }];
  });
}

function cardsOf(site: Site, vifs: readonly Kept<'VIF'>[]): readonly Card[] {
  return vifs.map((vif) => {
    const tag = cardTagOf(vif.other_config);
    const network = site.objects.get('network', vif.network);
    const { uuid = '', name_label = '', bridge = '' } = network ?? {};
    const asked = tag?.source;
    const isAsked = asked !== undefined && ('bridge' in asked ? asked.bridge === bridge : [uuid, name_label].includes(asked.network));
    return {
      name: tag?.name ?? `device-${vif.device}`,
      mac: vif.MAC.toLowerCase(),
      source: isAsked ? asked : { network: name_label === '' ? uuid : name_label },
      ...(vif.MTU !== 0 && vif.MTU !== network?.MTU && { mtu: vif.MTU }),
    };
  });
}

/** With the addresses that the guest's tools tell, by the card's number. */
function plugged(site: Site, vm: Kept<'VM'>): readonly ObservedInterface[] {
  const networks = isRef(vm.guest_metrics) ? (site.objects.get('VM_guest_metrics', vm.guest_metrics)?.networks ?? {}) : {};
  const vifs = vifsOf(site, vm).filter(({ currently_attached }) => currently_attached);
  return vifs.map(({ MAC, device }) => ({ mac: MAC.toLowerCase(), addresses: addressesOf(networks, device) }));
}

/** `0/ip`, `0/ipv4/0`, `0/ipv6/0`: older tools write the first, newer ones the others too. */
export function addressesOf(networks: Readonly<Record<string, string>>, device: string): readonly string[] {
  const ours = Object.entries(networks).filter(
    ([key, value]) => new RegExp(`^${device}/(ip|ipv4/\\d+|ipv6/\\d+)$`).test(key) && value !== '',
  );
  return [...new Set(ours.map(([, value]) => value))];
}

const has = (volumes: Part['volumes'], { id, name }: Part['volumes'][number]): boolean =>
  volumes.some((one) => one.id === id && one.name === name);

function pluggedVolumes({ volumes: defined }: Part, live: Part | undefined): readonly PluggedVolume[] {
  const running = live?.volumes ?? [];
  return [
    ...defined.map((one) => ({ ...one, plugged: has(running, one) ? ('Both' as const) : ('Next' as const) })),
    ...running.flatMap((one) => (has(defined, one) ? [] : [{ ...one, plugged: 'Run' as const }])),
  ];
}
