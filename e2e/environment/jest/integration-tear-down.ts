/** After the integration tests: ends what a test forgot to stop, and says so. */
import { clearEnvironments } from '../left-overs.ts';
import { testDir } from '../paths.ts';
import { currentOwner } from '../processes.ts';

export default async function tearDown(): Promise<void> {
  const forgotten = await clearEnvironments(testDir, (owner) => owner === currentOwner());
  if (forgotten.length > 0) process.stderr.write(`Tests left running, and ended now: ${forgotten.join(', ')}\n`);
}
