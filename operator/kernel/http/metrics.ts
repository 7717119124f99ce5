/**
 * The loop's metrics under controller-runtime's names, and the registry that domain metrics join.
 *
 * Source: https://book.kubebuilder.io/reference/metrics-reference
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

export class Metrics {
  /** Domain metrics register here: `new Gauge({ ..., registers: [metrics.registry] })`. */
  readonly registry = new Registry();
  private readonly queues = new Map<string, () => number>();
  readonly reconciles = this.counter('controller_runtime_reconcile_total', 'Passes, by how they ended.', ['controller', 'result']);
  readonly reconcileErrors = this.counter('controller_runtime_reconcile_errors_total', 'Passes that failed.', ['controller']);
  readonly terminalErrors = this.counter('controller_runtime_terminal_reconcile_errors_total', 'Failures not worth a retry.', [
    'controller',
  ]);
  readonly reconcileTime = this.histogram(
    'controller_runtime_reconcile_time_seconds',
    'Duration of a pass.',
    ['controller'],
    RECONCILE_BUCKETS,
  );
  readonly activeWorkers = this.gauge('controller_runtime_active_workers', 'Passes under way.', ['controller']);
  readonly maxWorkers = this.gauge('controller_runtime_max_concurrent_reconciles', 'Passes that may be under way.', ['controller']);
  readonly queueDepth = this.gauge('workqueue_depth', 'Keys that are ready and wait for a worker.', ['name', 'controller'], (gauge) => {
    for (const [name, depth] of this.queues) gauge.set({ name, controller: name }, depth());
  });
  readonly queueAdds = this.counter('workqueue_adds_total', 'Keys added.', ['name', 'controller']);
  readonly queueRetries = this.counter('workqueue_retries_total', 'Keys added after a failure.', ['name', 'controller']);
  readonly queueTime = this.histogram('workqueue_queue_duration_seconds', 'From ready to taken.', ['name', 'controller'], QUEUE_BUCKETS);
  readonly workTime = this.histogram('workqueue_work_duration_seconds', 'From taken to done.', ['name', 'controller'], QUEUE_BUCKETS);
  readonly requests = this.counter('rest_client_requests_total', 'Requests to the API server, by answer.', ['code', 'method', 'host']);
  readonly leading = this.gauge('leader_election_master_status', '1 while this process holds the lease.', ['name']);

  /** The depth is asked for when metrics are read, not kept up to date. */
  addQueue(name: string, depth: () => number): void {
    this.queues.set(name, depth);
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[], collect?: (gauge: Gauge<L>) => void): Gauge<L> {
    const gauge: Gauge<L> = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      ...(collect !== undefined && { collect: () => collect(gauge) }),
    });
    return gauge;
  }

  private histogram<L extends string>(name: string, help: string, labelNames: readonly L[], buckets: readonly number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [this.registry] });
  }
}
