/** Bringing a machine that is off in line with what it is to be: size, hardware, disks, cards. Cut off anywhere, the next attempt does the rest. */
import type { MachineInterface } from '../../contract.ts';
import type { CreateRecordOf, Ref } from '../model/model.ts';
import type { Kept } from '../session/objects.ts';
import type { Site } from '../site.ts';
import { findDisk, needDisk } from '../storage/find.ts';
import type { Left } from '../time.ts';
import { freeNumbers, numbered } from './devices.ts';
import type { Vm } from './fresh.ts';
import { bootParamsOf, merged, platformOf } from './hardware.ts';
import { memoryOf } from './record.ts';
import type { Plan } from './spec-entry.ts';
import { cardTag, cardTagOf, diskTag, volumeTag, volumeTagOf } from './tags.ts';
import { vbdsOf, vifsOf } from './view.ts';

/** Whether all its disks are there. */
export const hasItsDisks = (site: Site, { disks, volumes = [] }: Plan): boolean =>
  [...disks, ...volumes].every((disk) => findDisk(site, disk) !== undefined);

/** Rejects with `NotFound` where a disk or network is missing, before anything is changed. */
export async function bringInLine(site: Site, vm: Vm, plan: Plan, left: Left): Promise<void> {
  const disks = wantedVbds(site, vm, plan);
  const cards = plan.interfaces.map((card) => wantedVif(site, vm, card));
  await bringSizeInLine(site, vm, plan, left);
  await bringMapInLine(site, vm, 'HVM_boot_params', bootParamsOf(plan), left);
  await bringMapInLine(site, vm, 'platform', platformOf(plan), left);
  await bringVbdsInLine(site, vm, disks, left);
  await bringVifsInLine(site, vm, cards, left);
}

async function bringSizeInLine(site: Site, vm: Vm, plan: Plan, left: Left): Promise<void> {
  const limits = memoryOf(plan);
  if (limits.static_max !== vm.memory_static_max || limits.dynamic_max !== vm.memory_dynamic_max)
    await site.rpc.call('VM.set_memory_limits', { self: vm.ref, ...limits }, left);
  const [most, now] = [Math.max(plan.vcpus, plan.maximum?.vcpus ?? 0), plan.vcpus];
  const setMost = async (): Promise<void> => {
    if (most !== vm.VCPUs_max) await site.rpc.call('VM.set_VCPUs_max', { self: vm.ref, value: most }, left);
  };
  // No moment with more than the most.
  if (most > vm.VCPUs_max) await setMost();
  if (now !== vm.VCPUs_at_startup) await site.rpc.call('VM.set_VCPUs_at_startup', { self: vm.ref, value: now }, left);
  if (most < vm.VCPUs_max) await setMost();
}

/** Others' keys stay. */
async function bringMapInLine(
  site: Site,
  vm: Vm,
  field: 'HVM_boot_params' | 'platform',
  wanted: Readonly<Record<string, string | undefined>>,
  left: Left,
): Promise<void> {
  for (const [key, value] of merged(vm[field], wanted)) {
    await site.rpc.remove('VM', vm.ref, field, key, left);
    if (value !== undefined) await site.rpc.add('VM', vm.ref, field, key, value, left);
  }
}

type NewVbd = CreateRecordOf<'VBD'>;

function wantedVbds(site: Site, vm: Vm, { disks, volumes = [] }: Plan): readonly NewVbd[] {
  const own = numbered(disks).map(([disk, number]) =>
    vbdRecord(vm.ref, needDisk(site, disk).ref, number, {
      type: disk.device === 'CDROM' ? 'CD' : 'Disk',
      readOnly: disk.device === 'CDROM' || disk.role === 'config',
      bootable: number === 0,
      tags: diskTag(disk),
    }),
  );
  const there = new Map(vbdsOf(site, vm).flatMap((vbd) => [[volumeTagOf(vbd.other_config)?.id, Number(vbd.userdevice)]]));
  const next = freeNumbers(new Set(own.map(({ userdevice }) => Number(userdevice))));
  return [
    ...own,
    ...volumes.map((volume) =>
      vbdRecord(vm.ref, needDisk(site, volume).ref, next(there.get(volume.id)), {
        type: 'Disk',
        readOnly: volume.readOnly,
        bootable: false,
        tags: volumeTag(volume),
      }),
    ),
  ];
}

interface VbdKind {
  readonly type: 'CD' | 'Disk';
  readonly readOnly: boolean;
  readonly bootable: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export function vbdRecord(VM: Ref, VDI: Ref, number: number, { type, readOnly, bootable, tags }: VbdKind): NewVbd {
  return {
    VM,
    VDI,
    userdevice: String(number),
    bootable,
    mode: readOnly ? 'RO' : 'RW',
    type,
    unpluggable: true,
    empty: false,
    other_config: tags,
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  };
}

const isVbd = (vbd: Kept<'VBD'>, wanted: NewVbd): boolean =>
  vbd.VDI === wanted.VDI &&
  vbd.userdevice === wanted.userdevice &&
  vbd.type === wanted.type &&
  vbd.mode === wanted.mode &&
  vbd.bootable === wanted.bootable &&
  Object.entries(wanted.other_config).every(([key, value]) => vbd.other_config[key] === value);

/** What has to go goes first: two cannot have one number. */
async function bringVbdsInLine(site: Site, vm: Vm, wanted: readonly NewVbd[], left: Left): Promise<void> {
  const there = vbdsOf(site, vm);
  for (const vbd of there) if (!wanted.some((one) => isVbd(vbd, one))) await site.rpc.destroy('VBD', vbd.ref, left);
  for (const one of wanted) if (!there.some((vbd) => isVbd(vbd, one))) await site.rpc.create('VBD', one, left);
}

type NewVif = Omit<CreateRecordOf<'VIF'>, 'device'>;

export function wantedVif(site: Site, { ref: VM }: Pick<Vm, 'ref'>, card: MachineInterface): NewVif {
  const network = site.network(card.source);
  return {
    VM,
    network: network.ref,
    MAC: card.mac,
    MTU: card.mtu ?? network.MTU,
    other_config: cardTag(card),
    qos_algorithm_type: card.bandwidth === undefined ? '' : 'ratelimit',
    qos_algorithm_params: rateOf(card),
  };
}

/** XAPI knows one rate, of what the guest sends, in KiB a second. */
function rateOf({ bandwidth }: MachineInterface): Readonly<Record<string, string>> {
  const rate = bandwidth?.outBytesPerSecond;
  return rate === undefined ? {} : { kbps: String(Math.max(1, Math.floor(rate / 1024))) };
}

export const isVif = (vif: Kept<'VIF'>, wanted: NewVif): boolean =>
  vif.network === wanted.network &&
  vif.MAC.toLowerCase() === wanted.MAC.toLowerCase() &&
  vif.MTU === wanted.MTU &&
  cardTagOf(vif.other_config)?.name === cardTagOf(wanted.other_config)?.name;

async function bringVifsInLine(site: Site, vm: Vm, wanted: readonly NewVif[], left: Left): Promise<void> {
  const there = vifsOf(site, vm);
  const kept = there.filter((vif) => wanted.some((one) => isVif(vif, one)));
  for (const vif of there) if (!kept.includes(vif)) await site.rpc.destroy('VIF', vif.ref, left);
  const taken = new Set(kept.map(({ device }) => device));
  for (const one of wanted) {
    if (there.some((vif) => isVif(vif, one))) continue;
    const device = firstFree(taken);
    taken.add(device);
    await site.rpc.create('VIF', { ...one, device }, left);
  }
}

export function firstFree(taken: ReadonlySet<string>): string {
  let number = 0;
  while (taken.has(String(number))) number += 1;
  return String(number);
}
