/**
 * What the rest of the project knows about logging. `winston.ts` stands behind it in the program, `testing/` in tests.
 *
 * Fields are flat and few. Never pass a whole object, a header or a secret: a Secret is named, not shown.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Values must survive JSON; an `error` field may be anything that was thrown. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** For what an operator of the system should look at. Failures that are retried as a matter of course are `warn`. */
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. Cheap: one per reconcile. */
  child(fields: LogFields): Logger;
}
