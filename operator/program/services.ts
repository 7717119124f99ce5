/** The outside world of the operator: the API server, the system's clock, standard error, the metrics it serves. */
import { HttpApiClient } from '../kernel/api/http-client.ts';
import { loadConnection } from '../kernel/api/kubeconfig.ts';
import { Transport } from '../kernel/api/transport.ts';
import { systemClock } from '../kernel/clock.ts';
import { Metrics } from '../kernel/http/metrics.ts';
import type { Logger } from '../kernel/log/logger.ts';
import type { Services } from '../kernel/services.ts';
import { VERSION } from './version.ts';

/** Rejects when there is no cluster to be configured, and says where it was looked for. */
export async function connectServices(kubeconfig: string | undefined, log: Logger): Promise<Services> {
  const clock = systemClock;
  const random = Math.random;
  const metrics = new Metrics();
  const connection = await loadConnection({ clock, log, ...(kubeconfig === undefined ? {} : { file: kubeconfig }) });
  const transport = new Transport(connection, clock, `hostler/${VERSION}`);
  return { client: new HttpApiClient({ transport, clock, metrics, random }), clock, log, metrics, random };
}
