/** One controller's metrics, with their labels bound once: a pass must not pay for looking them up. */
import type { Metrics } from '../http/metrics.ts';

export type PassResult = 'success' | 'error' | 'requeue' | 'requeue_after';

export class ControllerMetrics {
  private readonly results: Readonly<Record<PassResult, { inc(): void }>>;
  private readonly errors: { inc(): void };
  private readonly terminalErrors: { inc(): void };
  private readonly adds: { inc(): void };
  private readonly retries: { inc(): void };
  private readonly reconcileTime: { observe(seconds: number): void };
  private readonly queueTime: { observe(seconds: number): void };
  private readonly workTime: { observe(seconds: number): void };
  private readonly activeWorkers: { set(value: number): void };

  constructor(controller: string, workers: number, depth: () => number, metrics: Metrics) {
    const queue = { name: controller, controller };
    const result = (name: PassResult) => {
      const child = metrics.reconciles.labels({ controller, result: name });
      child.inc(0); // Shown as 0 from the start, so that a rate over it is right.
      return child;
    };
    this.results = {
      success: result('success'),
      error: result('error'),
      requeue: result('requeue'),
      requeue_after: result('requeue_after'),
    };
    this.errors = metrics.reconcileErrors.labels({ controller });
    this.terminalErrors = metrics.terminalErrors.labels({ controller });
    this.adds = metrics.queueAdds.labels(queue);
    this.retries = metrics.queueRetries.labels(queue);
    this.reconcileTime = metrics.reconcileTime.labels({ controller });
    this.queueTime = metrics.queueTime.labels(queue);
    this.workTime = metrics.workTime.labels(queue);
    this.activeWorkers = metrics.activeWorkers.labels({ controller });
    metrics.maxWorkers.labels({ controller }).set(workers);
    metrics.addQueue(controller, depth);
  }

  added(): void {
    this.adds.inc();
  }

  started(active: number, waitedMs: number): void {
    this.activeWorkers.set(active);
    this.queueTime.observe(waitedMs / 1000);
  }

  ended(active: number, result: PassResult, tookMs: number): void {
    this.activeWorkers.set(active);
    this.results[result].inc();
    if (result === 'error') this.errors.inc();
    this.reconcileTime.observe(tookMs / 1000);
    this.workTime.observe(tookMs / 1000);
  }

  retried(): void {
    this.retries.inc();
  }

  terminal(): void {
    this.terminalErrors.inc();
  }
}
