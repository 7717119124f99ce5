/** Bad input gets a clear word where the user looks, harms nobody else, and is forgotten once it is mended. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeImageWithBackingFile } from '../guests/images.ts';
import { instance, waitForCondition, waitForGone, waitForReady } from '../support/instances.ts';
import { Scenario } from '../support/scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await Scenario.open('bad-input');
});
afterAll(() => scenario.close());

async function expectRefusedImage(
  name: string,
  source: Readonly<Record<string, unknown>>,
  wanted: { reason: string; message: RegExp },
): Promise<void> {
  const { kubectl } = scenario;
  await kubectl.apply([scenario.imageFrom(name, source), instance(name, { imageName: name })]);
  await waitForCondition(kubectl, name, { status: 'False', ...wanted });
  const stored = await waitForCondition(kubectl, name, { type: 'ImageReady', status: 'False', reason: wanted.reason });
  await kubectl.delete('instance', name);
  await waitForGone(kubectl, name);
  for (const host of ['a', 'b'] as const) {
    const volumes = await scenario.virsh(host).volumes();
    expect(volumes.filter((volume) => volume.includes(String(stored.metadata.uid)))).toEqual([]);
  }
}

test('an image with the wrong checksum is refused, and nothing of it is left on the host', async () => {
  await expectRefusedImage(
    'wrong-checksum',
    { format: 'qcow2', http: { url: scenario.imageUrl(scenario.demoFile) }, checksum: { sha256: '0'.repeat(64) } },
    { reason: 'ChecksumMismatch', message: /asks for 0000/ },
  );
});

test('an image with a backing file is refused', async () => {
  const { fileName, sha256 } = await makeImageWithBackingFile(scenario.imageDir);
  await expectRefusedImage(
    'backing',
    { format: 'qcow2', http: { url: scenario.imageUrl(fileName) }, checksum: { sha256 } },
    { reason: 'UnsafeImage', message: /backing/ },
  );
});

test('an image whose address does not answer is tried again, and boots once it does', async () => {
  const { kubectl } = scenario;
  scenario.images.setFault(scenario.demoFile, { kind: 'Status', status: 503 });
  await kubectl.apply([scenario.image('unreachable'), instance('unreachable', { imageName: 'unreachable' })]);
  await waitForCondition(kubectl, 'unreachable', { status: 'False', message: /503/ });
  scenario.images.setFault(scenario.demoFile, undefined);
  await scenario.guestOf(await waitForReady(kubectl, 'unreachable')).waitForPrinted('BOOTED', 1);
});

test('an address that images must not come from is refused by name', async () => {
  await expectRefusedImage(
    'denied',
    { format: 'raw', http: { url: 'http://127.0.0.1:1/x.raw' }, checksum: { sha256: '0'.repeat(64) } },
    { reason: 'AddressDenied', message: /127\.0\.0\.1/ },
  );
});

test('user data whose Secret or key is missing waits and says which; it boots when it comes', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([instance('no-secret', { userData: { secretKeyRef: { name: 'user-data', key: 'user-data' } } })]);
  await waitForCondition(kubectl, 'no-secret', { status: 'False', reason: 'SecretNotFound', message: /user-data/ });
  await kubectl.apply([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'user-data' }, stringData: { other: 'x' } }]);
  await waitForCondition(kubectl, 'no-secret', { status: 'False', reason: 'SecretNotFound', message: /key/ });
  await kubectl.apply([
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'user-data' }, stringData: { 'user-data': '#cloud-config\n' } },
  ]);
  await waitForReady(kubectl, 'no-secret');
});

test('a flavor that does not exist is waited for, by name', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([instance('unknown-flavor', { flavorName: 'unheard-of' })]);
  await waitForCondition(kubectl, 'unknown-flavor', { status: 'False', reason: 'FlavorNotFound', message: /unheard-of/ });
});

test('one that fits on no host says so, and why', async () => {
  const { kubectl } = scenario;
  await kubectl.apply([scenario.flavor('giant', 1, '900Gi'), instance('too-big', { flavorName: 'giant' })]);
  await waitForCondition(kubectl, 'too-big', { status: 'False', message: /memory/i });
});

test('none of them kept a good one from booting', async () => {
  await scenario.kubectl.apply([instance('good')]);
  await scenario.guestOf(await waitForReady(scenario.kubectl, 'good')).waitForTicking();
});
