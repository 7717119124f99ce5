/**
 * How much time has passed at least, and perhaps: the monotonic clock stands still while the machine sleeps, the wall
 * clock may be set. Whichever says more is believed, since holding a lease for too long is the worse mistake. What stays
 * unnoticed: a sleep, and a wall clock set back by as much, both since the last renewal.
 */
import type { Clock } from '../clock.ts';

export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export const momentOf = (clock: Clock): Moment => ({ monotonic: clock.monotonic(), wall: clock.now() });

export function longestSince({ monotonic, wall }: Moment, clock: Clock): number {
  return Math.max(clock.monotonic() - monotonic, clock.now() - wall);
}
