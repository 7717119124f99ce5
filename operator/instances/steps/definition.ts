/** The definition of the machine, where the world of this round came from an observation of the host, which has none. */
import type { Pass } from '../pass.ts';
import { reads, targetOf } from './host.ts';

/** What status remembers may be older than the definition: before that is written again, it is read. */
export async function withDefinition(pass: Pass): Promise<void> {
  const { details, world } = pass.scene;
  if (details !== undefined || world.machine.kind !== 'Present') return;
  const read = await reads(pass, (driver, call) => driver.inspect(targetOf(pass).machineId, call));
  pass.scene = { ...pass.scene, details: read };
}
