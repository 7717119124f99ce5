/** CPU time and memory of another process, as the kernel accounts for them (proc(5)). */
import { readFileSync } from 'node:fs';

/** Linux gives user space 100 ticks a second on every architecture (sysconf(_SC_CLK_TCK)). */
const MS_PER_TICK = 10;

/** User and system time of all its threads, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Resident set in MB (10^6 bytes). */
export function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no resident set`);
  return (Number(kib) * 1024) / 1e6;
}
