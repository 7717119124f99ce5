/** How long things take: always the same, anything between two bounds, or long-tailed as on real hosts. */
import { Type, type Static } from 'typebox';
import type { Random } from './random.ts';
import { Milliseconds, strict } from './schema.ts';

export const Latency = Type.Union([
  Milliseconds,
  Type.Object({ minMs: Milliseconds, maxMs: Milliseconds }, strict),
  Type.Object({ medianMs: Milliseconds, p99Ms: Milliseconds }, strict),
]);
export type Latency = Static<typeof Latency>;

/** The 99th percentile of the normal distribution, in standard deviations. */
const Z99 = 2.326;

/** Milliseconds. The long-tailed kind is log-normal. */
export function sampleLatency(latency: Latency, random: Random): number {
  if (typeof latency === 'number') return latency;
  if ('minMs' in latency) return latency.minMs + random() * Math.max(0, latency.maxMs - latency.minMs);
  if (latency.medianMs === 0) return 0;
  const sigma = Math.max(0, Math.log(latency.p99Ms / latency.medianMs)) / Z99;
  return latency.medianMs * Math.exp(sigma * standardNormal(random));
}

/** Box-Muller. */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
