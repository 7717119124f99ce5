/** A logger that keeps its lines, for tests that look at them. */
import type { LogFields, Logger, LogLevel } from '../log/logger.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export class MemoryLogger implements Logger {
  readonly lines: LogLine[];
  private readonly fields: LogFields;

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
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
    return new MemoryLogger(this.lines, { ...this.fields, ...fields });
  }

  /** Messages of that level. */
  messages(level: LogLevel): readonly string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  private write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    this.lines.push({ level, message, fields: { ...this.fields, ...fields } });
  }
}
