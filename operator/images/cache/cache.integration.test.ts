/** The pool of a real host, by what virsh sees: an image is brought there beforehand, and goes when nothing needs it. Needs root. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openLibvirt } from '../../../drivers/libvirt/driver.ts';
import type { Driver } from '../../../drivers/contract.ts';
import { LibvirtHost } from '../../../e2e/environment/libvirt-host.ts';
import { uuidOf } from '../../../e2e/environment/names.ts';
import { testDir } from '../../../e2e/environment/paths.ts';
import { Virsh } from '../../../e2e/environment/virsh.ts';
import { waitFor } from '../../../e2e/environment/wait.ts';
import type { Host } from '../../hypervisors/host.ts';
import { BoundedActs } from '../../hypervisors/host/acts.ts';
import { DEFAULT_SESSION } from '../../hypervisors/host/session.ts';
import { systemClock } from '../../kernel/clock.ts';
import { IMAGES } from '../../resources.ts';
import { fetchedKey } from '../source.ts';
import { stopServers } from '../testing/web-server.ts';
import { AFTER_MS, cacheWorld, type CacheWorld, CLUSTER, sha256 } from './cache-world.testing.ts';

const POOL = 'default';
const MIB = 2 ** 20;
const dir = join(testDir, `image-cache-${process.pid}`);
const call = () => ({ signal: new AbortController().signal, timeoutMs: 20_000 });

let machine: LibvirtHost;
let driver: Driver;
let virsh: Virsh;
let world: CacheWorld;

beforeAll(async () => {
  machine = await LibvirtHost.start({ dir, hostName: 'cache', hostId: uuidOf(dir), network: 'Own' });
  virsh = new Virsh(machine.uri);
  driver = openLibvirt({ uri: machine.uri });
  await driver.connect(call());
  world = await cacheWorld(new Map([['h', hostOf(driver)]]));
  await world.addHypervisor('h', { pools: { main: { pool: POOL } } });
}, 60_000);

afterAll(async () => {
  await stopServers();
  await world.transfers.stop();
  await world.manager.stop();
  await driver.close();
  await machine.destroy();
}, 60_000);

function hostOf(on: Driver): Host {
  const acts = new BoundedActs('h', on, DEFAULT_SESSION, systemClock, { mayAct: () => true, term: new AbortController().signal });
  return {
    name: 'h',
    driver: on,
    reachability: () => ({ status: 'True', since: 0, message: '' }),
    act: (slot, timeoutMs, signal, work) => acts.run(slot, timeoutMs, [signal], work),
  } as Partial<Host> as Host;
}

/** Until the pool holds just these; meanwhile time goes by, where it is to. */
const untilThereIs = (volumes: readonly string[], stepMs = 0): Promise<unknown> =>
  waitFor(
    `the pool to hold ${volumes.join(', ')}`,
    async () => {
      await world.pass(stepMs);
      await world.rest();
      return (await virsh.volumes(POOL)).toSorted().join() === volumes.join();
    },
    { timeoutMs: 30_000 },
  );

test('an image is on the host before anybody asks, stays while a disk stands on it, and goes after its time', async () => {
  const { metadata } = await world.addImage({ preCache: { hypervisorNames: ['h'] } });
  const key = fetchedKey(metadata.uid, sha256);
  const kept = [key, `${key}.ok`];
  await untilThereIs(kept);
  await waitFor('status to say so', async () => {
    await world.rest();
    return world.image().status?.locations?.[0]?.volume === key;
  });
  expect(world.image().status?.preCache).toEqual({ wanted: 1, cached: 1 });
  expect((await driver.findBase(POOL, key, call()))?.clusterId).toBe(CLUSTER);

  const disk = { pool: POOL, name: 'a-disk' };
  await driver.createDisk({ ...disk, sizeBytes: MIB, baseKey: key }, call());
  const { api, call: request } = world.manager;
  await api.delete(IMAGES, { namespace: 'a', name: 'demo' }, request);
  for (let half = 0; half < 5; half++) {
    await world.pass(AFTER_MS / 2);
    // The host answers in its own time.
    await driver.observe(call());
    await untilThereIs(['a-disk', ...kept]);
  }
  await driver.deleteDisk(disk, call());
  await untilThereIs([], AFTER_MS / 4);
}, 90_000);
