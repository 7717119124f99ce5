/**
 * What is on a libvirt host, asserted from outside: through `virsh`, not through the project's own client.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, run } from './command.ts';
import { waitFor } from './wait.ts';

export interface Domain {
  readonly name: string;
  readonly uuid: string;
}

export class Virsh {
  readonly uri: string;
  constructor(uri: string) {
    this.uri = uri;
  }

  /** Any virsh command; rejects with what virsh said. */
  run(...args: readonly string[]): Promise<string> {
    return run('virsh', ['--quiet', '--connect', this.uri, ...args]);
  }

  /** All domains, running or not. */
  async domains(): Promise<readonly Domain[]> {
    const lines = (await this.run('list', '--all', '--uuid', '--name')).split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => {
      const [uuid = '', ...name] = line.trim().split(/\s+/);
      return { uuid, name: name.join(' ') };
    });
  }

  /** State and reason as virsh prints them, such as `running (booted)`; undefined when there is no such domain. */
  async state(domain: string): Promise<string | undefined> {
    try {
      return (await this.run('domstate', '--reason', domain)).trim();
    } catch (error) {
      if (error instanceof CommandError && error.result.stderr.includes('failed to get domain')) return undefined;
      throw error;
    }
  }

  /** Defines a domain, as an administrator would by hand. */
  async define(xml: string): Promise<void> {
    const dir = mkdtempSync(join(tmpdir(), 'hostler-virsh-'));
    try {
      const file = join(dir, 'domain.xml');
      writeFileSync(file, xml);
      await this.run('define', file);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  /** The live definition of a running domain, else the one for its next start. */
  xml(domain: string): Promise<string> {
    return this.run('dumpxml', domain);
  }

  /** Names of the volumes in a pool, as the host knows them after looking again. */
  async volumes(pool = 'default'): Promise<readonly string[]> {
    // It is refused while a volume is being filled.
    await waitFor(`pool ${pool} to be looked at`, () => this.run('pool-refresh', pool).then(() => true), { intervalMs: 100 });
    const lines = (await this.run('vol-list', pool)).split('\n').filter((line) => line.trim() !== '');
    return lines.map((line) => line.trim().split(/\s+/)[0] ?? '');
  }
}
