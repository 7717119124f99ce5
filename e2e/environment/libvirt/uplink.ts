/**
 * The cable between a lab host and the lab's bridge: a veth pair, one end inside the host, where it is a port of the
 * host's own bridge `br0`, to which guests can be plugged too.
 */
import { run, tryRun } from '../command.ts';
import { shortHash } from '../names.ts';

export interface Uplink {
  /** Bridge of the lab, on this machine. */
  readonly bridge: string;
  /** This machine's end of the cable; at most 15 characters. */
  readonly device: string;
  /** The host's address with its prefix length: `10.77.3.11/24`. */
  readonly address: string;
}

/** Sets up the network of the host whose first process is `pid`: loopback, the bridge, and the cable if there is one. */
export async function prepareNetwork(pid: number, uplink?: Uplink): Promise<void> {
  const inside = ['link set lo up', 'link add br0 type bridge', 'link set br0 up'];
  if (uplink !== undefined) {
    await run('ip', ['link', 'add', uplink.device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
    await run('ip', ['link', 'set', uplink.device, 'master', uplink.bridge, 'up']);
    // As a network card does, it keeps its hardware address over a power cut: others have it in their tables.
    inside.push(
      `link set br0 address ${hardwareAddress(uplink.device)}`,
      'link set eth0 master br0 up',
      `address add ${uplink.address} dev br0`,
    );
  }
  await run('nsenter', ['--target', String(pid), '--net', 'ip', '-batch', '-'], { input: `${inside.join('\n')}\n` });
}

/** A cut cable: packets vanish, connections hang. */
export async function cut(uplink: Uplink): Promise<void> {
  await run('ip', ['link', 'set', uplink.device, 'down']);
}

export async function mend(uplink: Uplink): Promise<void> {
  await run('ip', ['link', 'set', uplink.device, 'up']);
}

/** Takes the cable away; gone already is fine, since the kernel removes it some time after the host's end. */
export async function unplug(device: string): Promise<void> {
  await tryRun('ip', ['link', 'del', device]);
}

/** Locally administered, always the same for the same text. */
function hardwareAddress(text: string): string {
  return `02:00:${(shortHash(text).match(/../g) ?? []).join(':')}`;
}
