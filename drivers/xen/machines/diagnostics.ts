/**
 * What XAPI's own database has of a machine that is on. Counters of processors, disks and cards are in the round-robin database
 * of the host, which is another service: they are absent here.
 */
import type { Diagnostics } from '../../insight.ts';
import { DriverError } from '../../labels.ts';
import type { Site } from '../site.ts';
import { diskNameOf } from '../storage/names.ts';
import type { Left } from '../time.ts';
import { notFound, readFresh } from './fresh.ts';
import { isOn, powerOf } from './power.ts';
import { cardTagOf, diskTagOf, volumeTagOf } from './tags.ts';
import { vbdsOf, vifsOf } from './view.ts';

export async function readDiagnostics(site: Site, machineId: string, left: Left): Promise<Diagnostics> {
  const vm = await readFresh(site, machineId, left);
  if (vm === undefined) throw notFound(machineId);
  if (!isOn(vm)) {
    const { power } = powerOf(vm);
    throw new DriverError('Conflict', `machine ${vm.name_label} is ${power}: nothing is counted of it`, { reason: `Is${power}` });
  }
  const cpus = Array.from({ length: vm.VCPUs_at_startup }, (_, id) => ({ id }));
  const disks = vbdsOf(site, vm).flatMap((vbd) => {
    const vdi = site.objects.get('VDI', vbd.VDI);
    const tag = diskTagOf(vbd.other_config);
    const own = tag === undefined ? undefined : `${tag.role}${tag.label === undefined ? '' : `-${tag.label}`}`;
    return vdi === undefined ? [] : [{ name: own ?? volumeTagOf(vbd.other_config)?.id ?? diskNameOf(vdi) }];
  });
  const interfaces = vifsOf(site, vm).map((vif) => {
    const name = cardTagOf(vif.other_config)?.name;
    const mac = vif.MAC.toLowerCase();
    return name === undefined ? { mac } : { mac, name };
  });
  return {
    memory: { maximumBytes: vm.memory_static_max },
    cpus,
    disks,
    interfaces,
    raw: {
      memory_static_max: String(vm.memory_static_max),
      memory_dynamic_max: String(vm.memory_dynamic_max),
      VCPUs_max: String(vm.VCPUs_max),
    },
  };
}
