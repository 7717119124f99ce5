/**
 * An Instance that was begun, and of which status says nothing: it was restored without its status, or somebody removed it.
 * Its machine may run on any host. Those that answer tell; those that do not are waited for, or a second one would be made.
 */
import { SILENT_AGAIN_MS } from './look-again.ts';
import type { Plan, World } from './types.ts';
import { wait } from './types.ts';

/** Undefined: nothing was lost, or no host is left where its machine may be. `wayOut`: what else ends the wait. */
export function planStatusLost({ statusLost, elsewhere: { silent }, now }: World, wayOut = ''): Plan | undefined {
  if (!statusLost || silent.length === 0) return undefined;
  return wait(
    'StatusLost',
    `these Hypervisors answer, are fenced or are deleted: ${silent.join(', ')}${wayOut} (what status said of this Instance is lost, and its machine may be there)`,
    now + SILENT_AGAIN_MS,
  );
}
