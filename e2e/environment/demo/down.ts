/** `make demo-down`: ends the demo and removes what it made. Programs and packages stay. */
import { rmSync } from 'node:fs';
import { clearEnvironments } from '../left-overs.ts';
import { stateDir } from '../paths.ts';
import { places } from './places.ts';
import { say, tell } from './say.ts';

await tell(async () => {
  // Tests that are running have an owner; the demo has none.
  const ended = await clearEnvironments(stateDir, (owner) => owner === undefined);
  for (const place of Object.values(places)) rmSync(place, { recursive: true, force: true });
  say(ended.length === 0 ? 'The demo was not running.' : `Ended: ${[...new Set(ended.map((one) => one.split(' ')[0]))].join(', ')}.`);
});
