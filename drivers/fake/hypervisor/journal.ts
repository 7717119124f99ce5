/**
 * Remembers a fake world in a file, so that a fake that was killed comes back with its machines: every change is one line,
 * written before the reply to the verb that made it leaves the process. At the start the file is read and written anew,
 * without what later lines outdated.
 *
 * To its clients the restarted fake is a host whose daemon restarted: machines run on, reasons of past ends are forgotten.
 */
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeHost, HostChange } from './host.ts';
import { isOn } from './machine.ts';
import { resumeGuest } from './runs.ts';
import type { World } from './world.ts';

type Line = HostChange & { readonly host: string };

/** The file is written anew when it is larger than this, and than twice what it was when it was last written anew. */
const MIN_REWRITE_BYTES = 64 * 1024 * 1024;

export class Journal {
  readonly #world: World;
  readonly #path: string;
  #file: number;
  /** About what the file holds; its text is nearly all ASCII. */
  #bytes = 0;
  #rewriteAt = 0;
  #waiting: string[] = [];

  private constructor(world: World, path: string) {
    this.#world = world;
    this.#path = path;
    this.#file = this.#rewrite();
  }

  /** Reads the folder's journal into the world, and writes every later change to it. Throws when it cannot be read or written. */
  static open(folder: string, world: World): Journal {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'world.jsonl');
    if (existsSync(path)) replay(path, world);
    const journal = new Journal(world, path);
    world.onChange((host, change) => journal.#remember({ host: host.name, ...change }));
    return journal;
  }

  close(): void {
    this.#write();
    closeSync(this.#file);
  }

  /** The microtask comes before any reply is written, which waits for the end of the turn. */
  #remember(line: Line): void {
    if (this.#waiting.length === 0) queueMicrotask(() => this.#write());
    this.#waiting.push(asLine(line));
  }

  #write(): void {
    if (this.#waiting.length === 0) return;
    this.#append(this.#file, this.#waiting.join(''));
    this.#waiting = [];
    if (this.#bytes < this.#rewriteAt) return;
    closeSync(this.#file);
    this.#file = this.#rewrite();
  }

  #append(file: number, text: string): void {
    appendFileSync(file, text);
    this.#bytes += text.length;
  }

  /** Replaces the file by the world as it is now; returns it, open for more. */
  #rewrite(): number {
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, '');
    const file = openSync(fresh, 'a');
    this.#bytes = 0;
    for (const line of snapshot(this.#world)) this.#append(file, asLine(line));
    renameSync(fresh, this.#path);
    this.#rewriteAt = Math.max(MIN_REWRITE_BYTES, 2 * this.#bytes);
    return file;
  }
}

function asLine(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** A last line that was cut off by a kill is no change: its reply never left. */
function replay(path: string, world: World): void {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    try {
      replayLine(JSON.parse(line) as Line, world);
    } catch (error) {
      throw new Error(`${path}:${index + 1} is no change of a fake world; remove the file to begin anew`, { cause: error });
    }
  }
  for (const host of world.hosts()) {
    host.newBoot();
    for (const machine of host.machines()) if (isOn(machine)) resumeGuest(host, machine);
  }
}

function replayLine({ host: hostName, ...change }: Line, world: World): void {
  const host = world.host(hostName);
  if (change.kind === 'Shape') host.reshape(change.record);
  else if (change.kind === 'Machine') restoreMachine(host, change);
  else host.storage.restore(change);
}

function restoreMachine(host: FakeHost, { name, record }: Extract<HostChange, { kind: 'Machine' }>): void {
  const there = host.get(name);
  if (record !== undefined) host.put(record);
  else if (there !== undefined) host.remove(there);
}

function* snapshot(world: World): Iterable<Line> {
  for (const host of world.hosts()) {
    yield { host: host.name, kind: 'Shape', record: host.shape };
    for (const change of host.storage.contents()) yield { host: host.name, ...change };
    for (const machine of host.machines()) yield { host: host.name, kind: 'Machine', name: machine.machineId, record: machine };
  }
}
