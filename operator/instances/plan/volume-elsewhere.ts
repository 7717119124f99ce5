/** An Instance and a Volume that is on another host: what was only placed so far is placed anew. */
import type { World } from './types.ts';

/** Placed where a Volume was to be that lies elsewhere by now. One that is pinned is told, and goes without. */
export const isAwayFromVolumes = ({ volumes, missing, desired }: World): boolean =>
  desired.pinnedTo === undefined &&
  (missing.some(({ reason }) => reason === VOLUME_ELSEWHERE) || volumes.some(({ hindrance }) => hindrance?.reason === VOLUME_ELSEWHERE));

/** The host cannot reach it. */
export const VOLUME_ELSEWHERE = 'VolumeElsewhere';
