/** An image in a registry: brought to the host that is to have it before anybody asks, by what virsh sees; and a guest boots from it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { gzipSync } from 'node:zlib';
import type { KubeObject } from '../environment/kubectl.ts';
import { TestRegistry } from '../environment/registry.ts';
import { sharedEnvironment } from '../environment/shared-environment.ts';
import { instance, uidOf, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

const NAME = 'from-registry';

let scenario: Scenario;
let registry: TestRegistry;
beforeAll(async () => {
  scenario = await Scenario.open('images');
  registry = await TestRegistry.start(join(sharedEnvironment().dir, 'registry'), scenario.lab.machineAddress);
});
afterAll(async () => {
  await scenario.close();
  await registry.stop();
});

async function image(): Promise<KubeObject> {
  const found = await scenario.kubectl.get('image', NAME);
  if (found === undefined) throw new Error('there is no such Image');
  return found;
}

async function containerDisk(disk: Uint8Array): Promise<Uint8Array> {
  const archive = pack();
  archive.entry({ name: 'disk/demo.qcow2' }, disk);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

const bases = async (host: 'a' | 'b', uid: string): Promise<readonly string[]> =>
  (await scenario.virsh(host).volumes()).filter((volume) => volume.includes(uid));

test('a container disk is on the named host beforehand, and on no other; a guest boots from it without another fetch', async () => {
  const { kubectl } = scenario;
  const disk = readFileSync(join(scenario.imageDir, scenario.demoFile));
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', content: await containerDisk(disk) };
  await registry.push('disks/demo', '1.0', [layer]);
  const oci = { reference: `${registry.host}/disks/demo:1.0`, plainHttp: true };
  const { checksum } = scenario.demoSource();
  await kubectl.apply([
    {
      apiVersion: 'hostler.dev/v1alpha1',
      kind: 'Image',
      metadata: { name: NAME },
      spec: { sources: [{ format: 'qcow2', oci, checksum }], preCache: { hypervisorNames: ['host-b'] } },
    },
  ]);
  const cached = await scenario.eventually('the image to be on host-b', async () => {
    const found = await image();
    return (found.status?.['preCache'] as { readonly cached?: number } | undefined)?.cached === 1 && found;
  });
  const [base = '', marker = ''] = await bases('b', uidOf(cached));
  expect(cached.status).toMatchObject({
    preCache: { wanted: 1, cached: 1 },
    locations: [{ hypervisorName: 'host-b', pool: 'main', volume: base }],
  });
  expect([marker, await bases('a', uidOf(cached))]).toEqual([`${base}.ok`, []]);

  // From now on it cannot be fetched.
  await registry.stop();
  await kubectl.apply([instance('guest', { imageName: NAME, placement: { hypervisorName: 'host-b' } })]);
  const guest = scenario.guestOf(await waitForReady(kubectl, 'guest', 'Running'));
  await guest.waitForPrinted('BOOTED', 1);
  expect(await guest.virsh.run('domblklist', guest.uuid)).toContain(guest.uuid);
  expect(await bases('b', uidOf(cached))).toEqual([base, marker]);
});
