/** Taking a copy out of an ImageStore; and saying what keeps it there. */
import type { StorePlace } from '../../crds/image.ts';
import { DriverError } from '../../drivers/labels.ts';
import type { Removal } from '../images/content-removal.ts';
import type { Clock } from '../kernel/clock.ts';
import { linkSignals } from '../kernel/timers.ts';
import type { Stores } from './stores.ts';

/** A worker waits for it. */
const REMOVE_MS = 8_000;

export interface StoredPlaces {
  readonly stores: Stores;
  readonly clock: Clock;
}

/** Idempotent. An ImageStore that is no more is not asked, nor a pool of that name: what was in it is whoever's who removed it. */
export async function removeStored({ stores, clock }: StoredPlaces, place: StorePlace, signal: AbortSignal): Promise<Removal> {
  const { imageStoreName, key } = place;
  if (!stores.has(imageStoreName) || stores.sharedIdOf(imageStoreName) !== undefined) return { kind: 'Gone' };
  using link = linkSignals(signal);
  const silent = new DriverError('Transient', `waits until ImageStore ${imageStoreName} answers`, { reason: 'StoreUnreachable' });
  const timer = clock.after(REMOVE_MS, () => link.abort(silent));
  try {
    const store = await stores.open(imageStoreName, link.signal);
    await store.remove(key, link.signal);
    return { kind: 'Gone' };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const error = link.signal.aborted ? silent : thrown;
    if (!(error instanceof DriverError)) throw error;
    return { kind: 'Kept', reason: error.reason, message: `its copy ${key} cannot be removed: ${error.message}` };
  } finally {
    timer.cancel();
  }
}
