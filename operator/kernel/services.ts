/** What every part of the kernel is given: the outside world, so that tests can stand in for it. */
import type { ApiClient } from './api/client.ts';
import type { Clock } from './clock.ts';
import type { Metrics } from './http/metrics.ts';
import type { Logger } from './log/logger.ts';

export interface Services {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** 0 <= x < 1, for jitter. */
  readonly random: () => number;
}
