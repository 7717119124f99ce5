/** The machine's definition: made, brought in line, changed while it runs, taken away. */
import { DriverError } from '../../../drivers/labels.ts';
import type { MachineSpec } from '../../../drivers/contract.ts';
import { misfit } from '../hardware-fit.ts';
import { machineSpec, type Become } from '../machine-spec.ts';
import type { Pass } from '../pass.ts';
import { removeOldConfigDrives } from './config-drive.ts';
import { withDefinition } from './definition.ts';
import { changes, hostOf, targetOf, WORK_MS } from './host.ts';

import { rebuiltDisks } from './rebuild.ts';
import type { Undo } from './types.ts';
import { volumesToDefine } from './volumes.ts';

export async function define(pass: Pass, register: (undo: Undo) => void): Promise<undefined> {
  await withDefinition(pass);
  const volumes = await volumesToDefine(pass);
  const spec = { ...wantedMachine(pass), ...(volumes.length === 0 ? {} : { volumes }) };
  const problem = misfit(spec);
  if (problem !== undefined) throw new DriverError('InvalidSpec', problem, { reason: 'HardwareMisfit' });
  // Only what this spawn is making for the first time may be taken away again.
  if (pass.plan.operation === 'Spawn')
    register((signal) => changes(pass, 'Build', WORK_MS, (driver, call) => driver.undefine(targetOf(pass), call), signal));
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.define(spec, call));
  await removeOldConfigDrives(pass);
  return undefined;
}

export async function updateLive(pass: Pass): Promise<undefined> {
  const { details } = pass.scene;
  if (details === undefined) return undefined;
  const spec = wantedMachine(pass);
  const drifts = hostOf(pass)
    .driver.drift(spec, details)
    .filter(({ effect }) => effect === 'Live');
  if (drifts.length > 0) await changes(pass, 'Build', WORK_MS, (driver, call) => driver.updateLive(targetOf(pass), spec, drifts, call));
  return undefined;
}

export async function undefine(pass: Pass): Promise<undefined> {
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.undefine(targetOf(pass), call));
  return undefined;
}

/** `become`: what it is to be from now on; absent: what it is. */
export function wantedMachine(pass: Pass, become?: Become): MachineSpec {
  const { scene, status, services, exchangedDisks, configDrive } = pass;
  const pools = services.caches.hypervisors.get(status.hypervisorName ?? '')?.spec.pools ?? {};
  return machineSpec({
    identity: scene.world.identity,
    record: scene.world.record,
    wanted: scene.wanted,
    machine: scene.details,
    recordedDisks: status.disks ?? [],
    poolName: (key) => pools[key]?.pool,
    exchanged: exchangedDisks,
    configDrive,
    rebuiltDisks: rebuiltDisks(pass),
    ...(become === undefined ? {} : { become }),
  });
}
