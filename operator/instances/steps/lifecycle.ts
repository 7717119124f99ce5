/** The step that writes down that nothing of a soft-deleted instance is left. */
import type { InstanceStatus } from '../../../crds/instance.ts';
import { keyOf } from '../../kernel/api/object.ts';
import { instant } from '../instant.ts';
import { writeStatus, type Pass } from '../pass.ts';

/** Its place on the host is free from here on. What it was stays told as far as it is no claim. */
export async function endReclaim(pass: Pass): Promise<undefined> {
  const { services, memory, scene } = pass;
  const now = instant(services.clock.now());
  const { lifecycle } = pass.status;
  pass.status = { ...withoutMachine(pass.status), lifecycle: { softDeletedAt: now, ...lifecycle, reclaimedAt: now } };
  await writeStatus(pass, pass.status);
  services.claims.forget(keyOf(pass.instance));
  memory.forget(scene.world.identity.uid);
  return undefined;
}

function withoutMachine(status: InstanceStatus): InstanceStatus {
  const {
    hypervisorName: _host,
    machineId: _id,
    powerState: _power,
    powerOff: _end,
    run: _run,
    restarts: _restarts,
    resolved: _resolved,
    disks: _disks,
    interfaces: _interfaces,
    addresses: _addresses,
    rescue: _rescue,
    rootVolume: _root,
    volumes: _volumes,
    resize: _resize,
    guest: _guest,
    freeze: _freeze,
    task: _task,
    ...rest
  } = status;
  return rest;
}
