/** `make demo-down`: ends the demo and removes what it made. Programs and packages stay. */
import { rmSync } from 'node:fs';
import { clearEnvironments } from '../left-overs.ts';
import { stateDir } from '../paths.ts';
import { leaveForeignCluster } from './cluster.ts';
import { places } from './places.ts';
import { say, tell } from './say.ts';

await tell(async () => {
  await leaveForeignCluster().catch((error: unknown) => say(`What the demo made in the cluster stays there: ${String(error)}`));
  // Tests that are running have an owner; the demo has none.
  const ended = await clearEnvironments(stateDir, (owner) => owner === undefined);
  for (const place of Object.values(places)) rmSync(place, { recursive: true, force: true });
  say(ended.length === 0 ? 'The demo was not running.' : `Ended: ${[...new Set(ended.map((one) => one.split(' ')[0]))].join(', ')}.`);
});
