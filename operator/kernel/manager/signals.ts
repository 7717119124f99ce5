/** SIGTERM and SIGINT as an AbortSignal. A second one ends the process at once: somebody is in a hurry. */
import type { Logger } from '../log/logger.ts';

export interface ShutdownSignal extends Disposable {
  readonly signal: AbortSignal;
}

const EXIT_CODE_OF_IMPATIENCE = 130;

export function shutdownSignal(log: Logger): ShutdownSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODE_OF_IMPATIENCE);
    log.info('Stops', { signal: name });
    controller.abort(new Error(`${name} received`));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}
