import { expect, test } from '@jest/globals';
import { ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { markForMetadataCall } from '../mark.ts';
import { ownTime } from '../time.ts';
import { Registry } from './registry.ts';

interface Guest {
  name: string;
  state: number;
  reason: number;
  namespace?: string;
  managedSave?: boolean;
  persistent?: boolean;
  job?: boolean | 'NoAnswer';
}

/** A host in memory: what it has, and which calls were made. */
class World {
  readonly guests = new Map<string, Guest>();
  calls: string[] = [];
  /** Called before the mark of a machine is given out. */
  onRead: (uuid: string) => void = () => {};
  /** What a guest that hangs says about its job, once it goes on. */
  goesOn: (job: { readonly type: number }) => void = () => {};
  readonly answered = new Promise<{ readonly type: number }>((resolve) => (this.goesOn = resolve));
  readonly registry = new Registry({ domains: this.#domains() } as unknown as LibvirtClient);

  async observe(): Promise<readonly string[]> {
    this.calls = [];
    const machines = await this.registry.observe(ownTime(5000));
    return machines.map(({ name, power, busy, persistent, owner }) =>
      [
        name,
        power,
        ...(busy ? ['busy'] : []),
        ...(persistent ? [] : ['transient']),
        ...(owner === undefined ? [] : [`of ${owner.namespace}`]),
      ].join(' '),
    );
  }

  #guest(uuid: string): Guest {
    const guest = this.guests.get(uuid);
    if (guest !== undefined) return guest;
    throw new LibvirtError({ code: ErrorCode.NO_DOMAIN, domain: 10, level: 2, message: 'gone', int1: 0, int2: 0 }, 'x');
  }

  #domains() {
    const call =
      <T>(name: string, answer: (guest: Guest, uuid: string) => T) =>
      async ({ uuid }: { readonly uuid: string }): Promise<T> => {
        this.calls.push(name);
        return answer(this.#guest(uuid), uuid);
      };
    return {
      stats: async () => {
        this.calls.push('stats');
        return [...this.guests].map(([uuid, { name, state, reason }]) => ({
          domain: { uuid, name, id: 1 },
          params: { 'state.state': state, 'state.reason': reason },
        }));
      },
      metadata: call('metadata', ({ name, namespace }, uuid) => {
        this.onRead(uuid);
        return namespace && markForMetadataCall({ clusterId: 'c', namespace, name, uid: uuid, role: 'main' });
      }),
      isPersistent: call('isPersistent', ({ persistent }) => persistent !== false),
      hasManagedSave: call('hasManagedSave', ({ managedSave }) => managedSave === true),
      jobInfo: call('jobInfo', ({ job }) => (job === 'NoAnswer' ? this.answered : { type: job === true ? 2 : 0 })),
      xml: call('xml', () => '<domain/>'),
    };
  }
}

const RUNNING = { state: 1, reason: 1 };
const OFF = { state: 5, reason: 1 };

test('what is new is read once; at rest there is one call', async () => {
  const world = new World();
  world.guests.set('1', { name: 'ours', namespace: 'team-a', ...RUNNING }).set('2', { name: 'theirs', ...OFF });
  expect(await world.observe()).toEqual(['ours Running of team-a', 'theirs Stopped']);
  expect(await world.observe()).toEqual(['ours Running of team-a', 'theirs Stopped']);
  expect(world.calls).toEqual(['stats']);
});

test('a machine that went off is asked for a saved state, and one that came back is asked again', async () => {
  const world = new World();
  const guest: Guest = { name: 'g', ...RUNNING };
  world.guests.set('1', guest);
  await world.observe();
  Object.assign(guest, OFF, { managedSave: true });
  expect(await world.observe()).toEqual(['g Suspended']);
  Object.assign(guest, RUNNING, { managedSave: false });
  expect(await world.observe()).toEqual(['g Running']);
  Object.assign(guest, OFF);
  expect(await world.observe()).toEqual(['g Stopped']);
});

test('a hint makes it read again: another mark, a lost definition', async () => {
  const world = new World();
  const guest: Guest = { name: 'g', namespace: 'old', ...RUNNING };
  world.guests.set('1', guest);
  await world.observe();
  Object.assign(guest, { namespace: 'new', persistent: false });
  expect(await world.observe()).toEqual(['g Running of old']);
  world.registry.invalidate('1');
  expect(await world.observe()).toEqual(['g Running transient of new']);
  expect(world.registry.isTransient('1')).toBe(true);
});

test('a hint that comes while it is read counts for the next time', async () => {
  const world = new World();
  const guest: Guest = { name: 'g', namespace: 'old', ...RUNNING };
  world.guests.set('1', guest);
  world.onRead = (uuid) => {
    world.onRead = () => {};
    world.registry.invalidate(uuid);
  };
  await world.observe();
  guest.namespace = 'new';
  expect(await world.observe()).toEqual(['g Running of new']);
});

test('marks are found by what is remembered, and of what a hint names afresh, also before it was ever seen', async () => {
  const world = new World();
  world.guests.set('1', { name: 'g', namespace: 'team-a', ...RUNNING });
  await world.observe();
  world.guests.set('2', { name: 'h', namespace: 'team-a', ...OFF });
  world.registry.invalidate('2');
  world.registry.invalidate('gone already');
  world.calls = [];
  expect(await world.registry.findMarks(({ namespace }) => namespace === 'team-a', ownTime(1000))).toEqual(['1', '2']);
  expect(world.calls).not.toContain('stats');
});

test('a job that was noticed is asked about until it is over', async () => {
  const world = new World();
  const guest: Guest = { name: 'g', job: true, ...RUNNING };
  world.guests.set('1', guest);
  await world.observe();
  world.registry.noteBusy('1');
  expect(await world.observe()).toEqual(['g Running busy']);
  guest.job = false;
  expect(await world.observe()).toEqual(['g Running']);
  await world.observe();
  expect(world.calls).toEqual(['stats']);
});

test('a guest that hangs is busy for all that is known, keeps nobody waiting for it, and is not asked twice', async () => {
  const world = new World();
  const guest: Guest = { name: 'g', job: true, ...RUNNING };
  world.guests.set('1', guest).set('2', { name: 'h', ...RUNNING });
  await world.observe();
  world.registry.noteBusy('1');
  guest.job = 'NoAnswer';
  expect(await world.observe()).toEqual(['g Running busy', 'h Running']);
  expect(await world.observe()).toEqual(['g Running busy', 'h Running']);
  expect(world.calls).not.toContain('jobInfo');
  guest.job = false;
  world.goesOn({ type: 0 });
  await world.answered;
  expect(await world.observe()).toEqual(['g Running', 'h Running']);
});

test('a machine that goes while it is read is not there, and nothing is kept of what is gone', async () => {
  const world = new World();
  world.guests.set('1', { name: 'g', namespace: 'team-a', ...RUNNING }).set('2', { name: 'h', namespace: 'team-a', ...RUNNING });
  world.onRead = (uuid) => void (uuid === '1' && world.guests.delete('1'));
  await world.observe();
  world.guests.delete('2');
  expect(await world.observe()).toEqual([]);
  expect(await world.registry.findMarks(() => true, ownTime(1000))).toEqual([]);
});

test("guests that try the hardware are nobody's business", async () => {
  const world = new World();
  world.guests.set('1', { name: 'hostler-probe-12345678', ...RUNNING });
  expect(await world.observe()).toEqual([]);
});
