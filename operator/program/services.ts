/** The outside world of the operator: the API server, the system's clock, standard error, the metrics it serves. */
import type { Connection } from '../kernel/api/connection.ts';
import { HttpApiClient } from '../kernel/api/http-client.ts';
import { loadConnection } from '../kernel/api/kubeconfig.ts';
import { Transport } from '../kernel/api/transport.ts';
import { systemClock } from '../kernel/clock.ts';
import { Metrics } from '../kernel/http/metrics.ts';
import type { Logger } from '../kernel/log/logger.ts';
import type { Services } from '../kernel/services.ts';
import { VERSION } from './version.ts';

export interface Outside {
  readonly services: Services;
  /** How the API server is reached. */
  readonly apiServer: Connection;
}

/** Rejects when there is no cluster to be configured, and says where it was looked for. */
export async function connectServices(kubeconfig: string | undefined, log: Logger): Promise<Outside> {
  const clock = systemClock;
  const random = Math.random;
  const metrics = new Metrics();
  const connection = await loadConnection({ clock, log, ...(kubeconfig === undefined ? {} : { file: kubeconfig }) });
  const transport = new Transport(connection, clock, `hostler/${VERSION}`);
  const services = { client: new HttpApiClient({ transport, clock, metrics, random }), clock, log, metrics, random };
  return { services, apiServer: await connection.current() };
}
