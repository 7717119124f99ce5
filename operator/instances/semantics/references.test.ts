/** Semantics that nobody should have to guess, played through the whole controller: references. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FLAVORS, IMAGES, NETWORKS } from '../../resources.ts';
import { InstanceWorld } from '../testing/instance-world.ts';

let world: InstanceWorld;
beforeEach(async () => {
  world = new InstanceWorld();
  await world.start();
});
afterEach(() => world.stopOperator());

const SECRET = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true } as const;

describe('references', () => {
  test.each([
    ['Flavor', FLAVORS, { name: 'tiny' }, 'FlavorNotFound'],
    ['Image', IMAGES, { namespace: 'default', name: 'demo' }, 'ImageNotFound'],
    ['Network', NETWORKS, { namespace: 'default', name: 'lab' }, 'NetworkNotFound'],
  ] as const)('a %s that comes later', async (_, resource, ref, reason) => {
    const object = await world.api.get(resource as typeof FLAVORS, ref, world.call);
    await world.api.delete(resource, ref, world.call);
    await world.settle();
    await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    expect([await world.ready(), await world.condition('Reconciling')]).toEqual([`Ready=False ${reason}`, `True ${reason}`]);
    await world.api.create(resource as typeof FLAVORS, { metadata: ref, spec: object.spec }, world.call);
    await world.settle();
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test.each([
    ['soft reboot', { action: 'Reboot' }, 'Rebooted'],
    ['hard reboot', { action: 'Reboot', reboot: { type: 'Hard' } }, 'Rebooted'],
    ['rebuild', { action: 'Rebuild' }, 'Rebuilt'],
  ] as const)('a Secret that is missing for a %s: the guest is not ended before it is there', async (_, action, reason) => {
    await world.create();
    await world.edit({ userData: { secretKeyRef: { name: 's', key: 'k' } } });
    await world.act('act', action);
    await world.pass(3);
    expect([await world.ready(), world.machine().power, world.called('signalShutdown'), world.called('powerOff')]).toEqual([
      'Ready=False SecretNotFound',
      'Running',
      0,
      0,
    ]);
    await world.api.create(SECRET, { metadata: { namespace: 'default', name: 's' }, data: { k: 'aGVsbG8=' } } as never, world.call);
    await world.pass(12);
    expect([await world.acted('act'), await world.ready()]).toEqual([`Succeeded ${reason}`, 'Ready=True Running']);
  });

  test('a Secret that comes later is asked for after 5 s, doubling', async () => {
    const gets = (): number => world.api.requests.filter(({ kind, verb }) => kind === 'Secret' && verb === 'get').length;
    await world.create({ userData: { secretKeyRef: { name: 's', key: 'k' } } });
    expect([await world.ready(), gets()]).toEqual(['Ready=False SecretNotFound', 1]);
    await world.clock.advance(16_000);
    expect(gets()).toBe(3);
    await world.api.create(SECRET, { metadata: { namespace: 'default', name: 's' }, data: { k: 'aGVsbG8=' } } as never, world.call);
    await world.clock.advance(20_000);
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('an image that is on its way, and one that cannot be had', async () => {
    world.base = { kind: 'InProgress', percent: 40, message: 'Image demo is being fetched' };
    await world.create();
    expect([await world.ready(), await world.condition('ImageReady'), (await world.get()).status?.task?.progress]).toEqual([
      'Ready=False ImageTransferring',
      'False ImageTransferring',
      40,
    ]);
    world.base = {
      kind: 'Failed',
      label: 'InvalidSpec',
      reason: 'ChecksumMismatch',
      message: 'the checksum is another one',
      retryAt: world.clock.now() + 30_000,
    };
    await world.pass(1);
    expect([await world.ready(), world.machines()]).toEqual(['Ready=False ChecksumMismatch', []]);
    await world.delete();
    await world.pass(1);
    expect(await world.find()).toBeUndefined();
  });

  test.each([
    ['a flavor', { flavorName: 'gone' }, 'FlavorNotFound'],
    [
      'a network',
      {
        networks: [
          { name: 'eth0', networkName: 'lab' },
          { name: 'eth1', networkName: 'gone' },
        ],
      },
      'NetworkNotFound',
    ],
    ['a network for an interface it has', { networks: [{ name: 'eth0', networkName: 'gone' }] }, 'NetworkNotFound'],
  ])('%s named while it runs that does not exist: it runs on, and is not what the spec asks', async (_, edit, reason) => {
    await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    await world.edit(edit);
    expect([await world.ready(), await world.condition('Reconciling'), await world.condition('Running')]).toEqual([
      `Ready=False ${reason}`,
      `True ${reason}`,
      'True Running',
    ]);
    await world.edit({ flavorName: 'tiny', networks: [{ name: 'eth0', networkName: 'lab' }] });
    expect(await world.ready()).toBe('Ready=True Running');
  });

  test('all of them gone while it runs: it runs', async () => {
    await world.create({ networks: [{ name: 'eth0', networkName: 'lab' }] });
    for (const [resource, ref] of [
      [FLAVORS, { name: 'tiny' }],
      [IMAGES, { namespace: 'default', name: 'demo' }],
      [NETWORKS, { namespace: 'default', name: 'lab' }],
    ] as const)
      await world.api.delete(resource, ref, world.call);
    await world.pass(2);
    expect(await world.ready()).toBe('Ready=True Running');
  });
});
