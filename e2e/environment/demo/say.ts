/** What the demo tells its user, on standard output. */

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A step: what is done now, and when it is done how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  process.stdout.write(`==> ${what} ... `);
  const begin = performance.now();
  const result = await work();
  say(`${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}

/** Runs the whole; what goes wrong becomes one paragraph and exit code 1. */
export async function tell(work: () => Promise<void>): Promise<void> {
  try {
    if (process.getuid?.() !== 0) throw new Error('the lab needs root for its namespaces: run it as root, or with sudo');
    await work();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`\nThe demo failed: ${messageOf(error)}\n`);
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}
