/** The program's logger: winston, one JSON object a line on standard error. */
import { createLogger, format, type Logger as Winston, transports } from 'winston';
import { replacer } from './fields.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const;

/** `stream` is for tests; absent: standard error. */
export function winstonLogger(level: LogLevel, stream: NodeJS.WritableStream = process.stderr): Logger {
  const line = format.printf(({ level, message, timestamp, ...fields }) =>
    JSON.stringify({ level, ts: timestamp, message, ...fields }, replacer),
  );
  const winston = createLogger({
    levels: LEVELS,
    level,
    format: format.combine(format.timestamp(), line),
    transports: [new transports.Stream({ stream })],
  });
  return new WinstonLogger(winston, {});
}

/** Fields of children are merged when a line is written, if it is: a child that says nothing costs nothing. */
class WinstonLogger implements Logger {
  private readonly winston: Winston;
  private readonly fields: LogFields;

  constructor(winston: Winston, fields: LogFields) {
    this.winston = winston;
    this.fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.write('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new WinstonLogger(this.winston, { ...this.fields, ...fields });
  }

  private write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (this.winston.isLevelEnabled(level)) this.winston.log({ ...this.fields, ...fields, level, message });
  }
}
