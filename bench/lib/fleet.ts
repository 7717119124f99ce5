/** Many Instances, made in rounds: what the benchmarks on the fake hypervisor share. */
import { RECORDED_NAME } from '../../e2e/environment/control-plane/audit.ts';
import { waitFor } from '../../e2e/environment/wait.ts';
import { concurrently, type BareClient } from './bare-client.ts';
import { API, API_VERSION, NAMESPACE, PEER_API, PEER_API_VERSION, PEER_NAMESPACE } from './world.ts';

export const HOSTS = 10;
const CONCURRENCY = 32;
const ROUNDS = 10;

export interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Where Instances are made. */
export interface Fleet {
  readonly path: string;
  readonly apiVersion: string;
}
export const OURS: Fleet = { path: `${API}/namespaces/${NAMESPACE}/instances`, apiVersion: API_VERSION };
export const PEERS: Fleet = { path: `${PEER_API}/namespaces/${PEER_NAMESPACE}/instances`, apiVersion: PEER_API_VERSION };

/** The objects of one round: from and below. */
export interface Round {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Equal shares. */
export function roundsOf(count: number): readonly Round[] {
  const start = (round: number): number => Math.floor((round * count) / ROUNDS);
  return Array.from({ length: ROUNDS }, (_, round) => ({ name: String(round), from: start(round), to: start(round + 1) }));
}

/**
 * One instance on each host first: the image is then in every pool (its transfer is a fourth write, and a true one), and code
 * is compiled. The last is the one whose patches peers send again.
 */
export async function warmUp(client: BareClient): Promise<void> {
  for (let host = 0; host <= HOSTS; host += 1) {
    const name = host === HOSTS ? RECORDED_NAME : `warm-up-${host}`;
    await client.create(OURS.path, instance(OURS, name, host, 'warm-up'));
    await becomesReady(client, OURS, name);
  }
}

/** Resolves when all of the round are Ready. */
export async function createAndWait(client: BareClient, fleet: Fleet, { name, from, to }: Round): Promise<void> {
  await eachOf({ name, from, to }, (index) => client.create(fleet.path, instanceIn(fleet, index, name)));
  // A list is heavy on the server that is being measured: each is asked for, those last that were created last.
  await becomesReady(client, fleet, `vm-${to - 1}`);
  const query = `labelSelector=${encodeURIComponent(`round=${name}`)}`;
  const { items } = await client.get<{ items: readonly Stored[] }>(`${fleet.path}?${query}`);
  for (const { metadata } of items.filter((item) => !isReady(item))) await becomesReady(client, fleet, metadata.name);
}

/** At the concurrency at which all are made. */
export const eachOf = ({ from, to }: Round, work: (index: number) => Promise<void>): Promise<void> =>
  concurrently(to - from, CONCURRENCY, (offset) => work(from + offset));

export const instanceIn = (fleet: Fleet, index: number, round: string): object => instance(fleet, `vm-${index}`, index, round);

export function isReady({ status }: Stored): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Resolves when the ten hosts of the world are Ready. */
export async function hostsReady(client: BareClient): Promise<void> {
  const ready = async (): Promise<number> =>
    (await client.get<{ items: readonly Stored[] }>(`${API}/hypervisors`)).items.filter(isReady).length;
  await waitFor('the hosts to be ready', async () => (await ready()) === HOSTS, { timeoutMs: 60_000 });
}

async function becomesReady(client: BareClient, { path }: Fleet, name: string): Promise<void> {
  await waitFor(name, async () => isReady(await client.get<Stored>(`${path}/${name}`)), { timeoutMs: 600_000, intervalMs: 50 });
}

/** Spread over the hosts by hand: the scheduler of today takes the first that fits, and one host's slots would be measured. */
function instance({ apiVersion }: Fleet, name: string, index: number, round: string): object {
  return {
    apiVersion,
    kind: 'Instance',
    metadata: { name, labels: { round } },
    spec: { flavorName: 'tiny', imageName: 'demo', placement: { hypervisorName: `host-${index % HOSTS}` } },
  };
}
