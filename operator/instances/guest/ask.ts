/** At the end of a pass: whether the agent in the guest is to be asked, which then goes on beside. */
import { keyOf } from '../../kernel/api/object.ts';
import type { Pass } from '../pass.ts';

/** In how many milliseconds to come back for it; infinity: nothing is asked. */
export function askGuest({ services, scene, status, instance, details }: Pass): number {
  const { world, host } = scene;
  const { machine, desired, deleting } = world;
  const { uid } = world.identity;
  const asked = desired.guestAgent === 'Enabled' && desired.reconcilePolicy !== 'Disabled' && !deleting;
  const running = machine.kind === 'Present' && machine.machine.power === 'Running' && world.host?.contact === 'Reachable';
  if (!asked || !running || host === undefined || !host.driver.capabilities.has('GuestAgent')) {
    if (!asked) services.guests.forget(uid);
    return Number.POSITIVE_INFINITY;
  }
  const { runId } = machine.machine;
  const question = { uid, key: keyOf(instance), host, machineId: status.machineId ?? uid, runId };
  return services.guests.ask(question, (scene.details ?? details)?.guestAgent);
}
