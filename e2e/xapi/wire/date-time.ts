/** Dates as XAPI writes them: `YYYYMMDDTHH:MM:SSZ`, to the second, in UTC. */
import type { DateTime } from '../../../drivers/xen/model/model.ts';

export const EPOCH: DateTime = '19700101T00:00:00Z';

export function dateTime(milliseconds: number): DateTime {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll('-', '')}Z`;
}

const FORM = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z?$/;

/** Milliseconds since the epoch, or NaN for what is no date. Also takes dashes and fractions, and a missing `Z`. */
export function millisecondsOf(text: string): number {
  const parts = FORM.exec(text);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** Marks what is a date and not just text, where a wire format tells them apart. */
export class WireDate {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
