/** Cuts a byte stream into lines without copying more than the lines that span two chunks. */
const NEWLINE = 0x0a;

export class LineSplitter {
  private readonly onLine: (line: string) => void;
  /** Pieces of the line that has not ended yet. */
  private pending: Buffer[] = [];

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.emit(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.pending.push(start === 0 ? chunk : chunk.subarray(start));
  }

  private emit(chunk: Buffer, start: number, end: number): void {
    if (this.pending.length === 0) {
      if (end > start) this.onLine(chunk.toString('utf8', start, end));
      return;
    }
    this.pending.push(chunk.subarray(start, end));
    const line = Buffer.concat(this.pending).toString('utf8');
    this.pending = [];
    if (line !== '') this.onLine(line);
  }
}
