/** Before the integration tests: what they start belongs to this run, and what killed runs left is cleared. */
import { clearEnvironments, leftOver } from '../left-overs.ts';
import { testDir } from '../paths.ts';
import { becomeOwner } from '../processes.ts';

export default async function setUp(): Promise<void> {
  becomeOwner();
  await clearEnvironments(testDir, leftOver);
}
