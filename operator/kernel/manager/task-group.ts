/** Long-running tasks that are stopped together. */
export class TaskGroup {
  /** Rejects when one of them ends badly before it was asked to stop. */
  readonly failure: Promise<never>;
  private readonly fail: (error: unknown) => void;
  private readonly controller = new AbortController();
  private readonly tasks: Promise<void>[] = [];

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.failure = promise;
    this.fail = reject;
    // Whoever does not wait for it does not care.
    promise.catch(() => undefined);
  }

  add(run: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.controller;
    this.tasks.push(
      run(signal).catch((error: unknown) => {
        if (!signal.aborted) this.fail(error);
      }),
    );
  }

  /** Resolves when all have ended. */
  async stop(): Promise<void> {
    this.controller.abort(new Error('the program stops'));
    await Promise.all(this.tasks);
  }
}
