/**
 * One guest on its host, looked at from outside: `virsh` and its serial port. On libvirt the domain's UUID is the Instance's uid.
 */
import type { LibvirtHost } from '../environment/libvirt-host.ts';
import { serialOutput } from '../environment/serial-output.ts';
import { Virsh } from '../environment/virsh.ts';
import { waitFor } from '../environment/wait.ts';

export class Guest {
  readonly host: LibvirtHost;
  readonly uuid: string;
  readonly virsh: Virsh;

  constructor(host: LibvirtHost, uuid: string) {
    this.host = host;
    this.uuid = uuid;
    this.virsh = new Virsh(host.uri);
  }

  /** As virsh prints it, such as `running (unpaused)`; undefined when there is no such domain. */
  state(): Promise<string | undefined> {
    return this.virsh.state(this.uuid);
  }

  async waitForState(wanted: RegExp, timeoutMs = 60_000): Promise<string> {
    return waitFor(
      `domain ${this.uuid} to be ${String(wanted)}`,
      async () => {
        const state = await this.state();
        return state !== undefined && wanted.test(state) ? state : undefined;
      },
      { timeoutMs, intervalMs: 100 },
    );
  }

  async waitForGone(): Promise<void> {
    await waitFor(`domain ${this.uuid} to be gone`, async () => (await this.state()) === undefined, { intervalMs: 100 });
  }

  /** How often it printed the word on its serial port, over all its runs that are still logged. */
  async printed(word: 'BOOTED' | 'TICK'): Promise<number> {
    return (await serialOutput(this.host, this.uuid)).split(word).length - 1;
  }

  async waitForPrinted(word: 'BOOTED' | 'TICK', atLeast: number): Promise<void> {
    await waitFor(`${atLeast} ${word} of ${this.uuid}`, async () => (await this.printed(word)) >= atLeast, { intervalMs: 100 });
  }

  /** It runs, and not only on paper: it goes on printing. */
  async waitForTicking(): Promise<void> {
    await this.waitForPrinted('TICK', (await this.printed('TICK')) + 1);
  }

  /** Volumes made for it, whatever their role. */
  async volumes(): Promise<readonly string[]> {
    return (await this.virsh.volumes()).filter((name) => name.includes(this.uuid));
  }

  async vcpus(): Promise<number> {
    return Number(/<vcpu[^>]*>(\d+)</.exec(await this.virsh.xml(this.uuid))?.[1]);
  }

  /** KiB. */
  async memory(): Promise<number> {
    return Number(/<memory unit='KiB'>(\d+)</.exec(await this.virsh.xml(this.uuid))?.[1]);
  }
}
