/** Room for what is about to be written into a repository: full, it would stop every guest with a disk in it. */
import { DriverError } from '../../labels.ts';
import type { Kept } from '../session/objects.ts';

/** What is left to the guests that are there: a part of the repository in so many, and no more than so many bytes. */
const LEFT_SHARE = 20;
const MOST_LEFT_BYTES = 2 ** 30;

/** As the repository was when the server last looked. Throws `InsufficientCapacity`, reason `OutOfSpace`. */
export function needRoom({ name_label, physical_size, physical_utilisation }: Kept<'SR'>, bytes: number): void {
  if (bytes === 0 || physical_size <= 0) return;
  const free = physical_size - physical_utilisation;
  if (bytes + Math.min(physical_size / LEFT_SHARE, MOST_LEFT_BYTES) <= free) return;
  throw new DriverError(
    'InsufficientCapacity',
    `storage repository ${name_label} has ${free} bytes free, and ${bytes} are to be written: full, it would stop every guest with a disk in it`,
    { reason: 'OutOfSpace' },
  );
}
