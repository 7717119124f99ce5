/**
 * Two libvirt hosts, `a` and `b`, on a network of their own that this machine reaches through a bridge.
 *
 * Names and addresses come from the lab's directory, so that labs of several checkouts stand side by side, and whatever a
 * killed run left is found by the next start. Guests are on the same network as the hosts; nobody hands out addresses there.
 */
import { join } from 'node:path';
import { run, tryRun } from './command.ts';
import { clearHost, LibvirtHost } from './libvirt-host.ts';
import type { Uplink } from './libvirt/uplink.ts';
import { shortHash, uuidOf } from './names.ts';

const HOST_NAMES = ['a', 'b'] as const;
export type HostName = (typeof HOST_NAMES)[number];

/** Of this machine and of the hosts on the lab's network: the last of four numbers. */
const ADDRESSES = { machine: 1, a: 11, b: 12 } as const;
const TCP_PORT = 16509;

export class Lab {
  readonly a: LibvirtHost;
  readonly b: LibvirtHost;
  private readonly dir: string;

  private constructor(dir: string, a: LibvirtHost, b: LibvirtHost) {
    this.dir = dir;
    this.a = a;
    this.b = b;
  }

  /** Starts both hosts, empty, in `<dir>/a` and `<dir>/b`; what an earlier run left running or lying there is removed first. Its network is 10.77.N.0/24, with the first free N from `firstSubnet` on. */
  static async start(dir: string, firstSubnet = hashedSubnet(dir)): Promise<Lab> {
    await clearLab(dir);
    const subnet = await freeSubnet(firstSubnet);
    await makeBridge(bridgeName(dir), `${subnet}.${ADDRESSES.machine}/24`);
    const [a, b] = await Promise.all([startHost(dir, 'a', subnet), startHost(dir, 'b', subnet)]);
    return new Lab(dir, a, b);
  }

  /** The lab that somebody else started in that directory. */
  static attach(dir: string): Lab {
    return new Lab(dir, LibvirtHost.attach(join(dir, 'a')), LibvirtHost.attach(join(dir, 'b')));
  }

  /** Where the hosts, and whoever else is told, reach this machine. */
  get machineAddress(): string {
    return new URL(this.a.tcpUri).hostname.replace(/\d+$/, String(ADDRESSES.machine));
  }

  host(name: HostName): LibvirtHost {
    return this[name];
  }

  /** Leaves no process, namespace, mount or network device behind, nor anything in the hosts' directories. */
  async stop(): Promise<void> {
    await clearLab(this.dir);
  }
}

/** Removes the lab of that directory, whole or in parts, started by whomever. */
export async function clearLab(dir: string): Promise<void> {
  await Promise.all(HOST_NAMES.map((name) => clearHost({ dir: join(dir, name), uplink: { device: deviceName(dir, name) } })));
  await tryRun('ip', ['link', 'del', bridgeName(dir)]);
}

function startHost(dir: string, name: HostName, subnet: string): Promise<LibvirtHost> {
  const address = `${subnet}.${ADDRESSES[name]}`;
  const uplink: Uplink = { bridge: bridgeName(dir), device: deviceName(dir, name), address: `${address}/24` };
  return LibvirtHost.start({
    dir: join(dir, name),
    hostName: `host-${name}`,
    hostId: uuidOf(join(dir, name)),
    listening: { address, tcpPort: TCP_PORT },
    migrationAddress: address,
    network: 'Own',
    uplink,
  });
}

function bridgeName(dir: string): string {
  return `hl${shortHash(dir)}`;
}

function deviceName(dir: string, name: HostName): string {
  return `${bridgeName(dir)}${name}`;
}

async function makeBridge(name: string, address: string): Promise<void> {
  await run('ip', ['link', 'add', name, 'type', 'bridge']);
  await run('ip', ['address', 'add', address, 'dev', name]);
  await run('ip', ['link', 'set', name, 'up']);
}

/** Where the search for a free network begins: elsewhere for every lab. The number stands for the third of an address, 10.77.N.x. */
function hashedSubnet(dir: string): number {
  return Number.parseInt(shortHash(dir), 16) % 256;
}

/** First three numbers of a network that this machine does not know yet. */
async function freeSubnet(first: number): Promise<string> {
  const taken = await run('ip', ['-4', 'address', 'show']);
  for (let offset = 0; offset < 256; offset += 1) {
    const subnet = `10.77.${(first + offset) % 256}`;
    if (!taken.includes(`inet ${subnet}.`)) return subnet;
  }
  throw new Error('every network 10.77.0.0/24 to 10.77.255.0/24 is taken on this machine');
}
