/** What a manager is made of. */
import type { Services } from '../services.ts';

export interface ManagerOptions extends Services {
  /** `hostler`: field managers are `<program>/<controller>`. */
  readonly program: string;
  /** `hostler.dev`: reporting controllers of events are `<domain>/<controller>`. */
  readonly domain: string;
  /** Unique to this process; see `processIdentity`. */
  readonly identity: string;
  /** How long passes under way may take at shutdown before they are aborted. Absent: 20 s. */
  readonly graceMs?: number;
  /** `host:port`. Absent: no such server. */
  readonly healthAddress?: string;
  readonly metricsAddress?: string;
  readonly debugAddress?: string;
}
