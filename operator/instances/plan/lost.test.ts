import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import { LOOKED, NOBODY_ELSEWHERE, NOT_LOOKED, desired, host, made, present, shown, twin, world } from './testing/world.ts';
import type { World } from './types.ts';

const elsewhere = (over: Partial<World['elsewhere']>): World['elsewhere'] => ({ ...NOBODY_ELSEWHERE, ...over });
const absent = (readings = 2) => ({ kind: 'Absent', readings }) as const;

test.each<[string, Partial<World>, string]>([
  ['missed once', { machine: absent(1) }, 'Wait: MachineMissing'],
  ['missed once, and seen elsewhere', { machine: absent(1), elsewhere: elsewhere({ twins: [twin()] }) }, 'Wait: MachineMissing'],
  ['seen elsewhere', { elsewhere: elsewhere({ twins: [twin()] }) }, 'Follow: add-finalizer, follow'],
  ['a stranger of that id elsewhere', { elsewhere: elsewhere({ twins: [twin({ kind: 'Stranger' })] }) }, 'Redefine: define'],
  ['a host that was not looked at since', { elsewhere: elsewhere({ unheard: ['host-b'] }) }, 'Wait: MachineMissing'],
  ['a silent host that reaches its disks', { elsewhere: elsewhere({ silentSharers: ['host-b'] }) }, 'Wait: MachineMissing'],
  ['nowhere, not asked afresh', { looked: NOT_LOOKED }, 'Look: look-for-twins, look-for-disks'],
  ['nowhere', {}, 'Redefine: define'],
  ['nowhere, and asked to be off', { desired: desired({ powerState: 'Stopped' }) }, 'Redefine: define'],
  ['nowhere, nor its disks', { looked: { ...LOOKED, disks: { rootExists: false } } }, 'Blocked: DisksLost'],
  ['there when asked afresh', { looked: { ...LOOKED, twins: [twin({ hypervisorName: 'host-a' })] } }, 'Wait: Observing'],
  ['nowhere, and not made by us', { record: made({ origin: 'Adopted' }) }, 'Blocked: MachineLost'],
  ['nowhere, and the image is gone too', { missing: [{ kind: 'Image', reason: 'ImageNotFound', until: 'x' }] }, 'Redefine: define'],
  ['nowhere, and the flavor is gone too', { missing: [{ kind: 'Flavor', reason: 'FlavorNotFound', until: 'x' }] }, 'Wait: FlavorNotFound'],
  ['nowhere, EnsureExists', { desired: desired({ reconcilePolicy: 'EnsureExists' }) }, 'Redefine: define'],
  ['nowhere, WatchOnly', { desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Wait: WatchOnly'],
  ['the host is silent', { host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
])('the machine is missing: %s', (_, over, expected) => {
  expect(shown(plan(world({ machine: absent(), ...over })).plan)).toBe(expected);
});

test.each<[string, Partial<World>, string]>([
  [
    'defined again, never started',
    { machine: present({ power: 'Stopped', runId: undefined }) },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
  ['runs without a definition', { machine: present({ persistent: false }) }, 'Redefine: define'],
  [
    'runs without a definition, EnsureExists',
    { machine: present({ persistent: false }), desired: desired({ reconcilePolicy: 'EnsureExists' }) },
    'Settled: LeftAlone',
  ],
  ['runs here and there', { elsewhere: elsewhere({ twins: [twin()], confirmed: true }) }, 'Blocked: RunsTwice'],
  ['is said to run here and there, by observations of different times', { elsewhere: elsewhere({ twins: [twin()] }) }, 'Settled: Running'],
  ['runs here, with a copy there that is off', { elsewhere: elsewhere({ twins: [twin({ power: 'Stopped' })] }) }, 'Settled: Running'],
  [
    'is off here and runs there',
    { machine: present({ power: 'Stopped', powerReason: 'Migrated' }), elsewhere: elsewhere({ twins: [twin()] }) },
    'Follow: add-finalizer, follow',
  ],
  [
    'is off here and there, unexplained',
    { machine: present({ power: 'Stopped', powerReason: 'Migrated' }), elsewhere: elsewhere({ twins: [twin({ power: 'Stopped' })] }) },
    'Wait: EndUnexplained',
  ],
  [
    'is off, unexplained, a start is asked for, and not every host was looked at',
    {
      machine: present({ power: 'Stopped', powerReason: 'Migrated' }),
      startAction: 'act-1',
      elsewhere: elsewhere({ unheard: ['host-b'] }),
    },
    'Wait: EndUnexplained',
  ],
  [
    'is off, unexplained, and a start is asked for',
    { machine: present({ power: 'Stopped', powerReason: 'Migrated' }), startAction: 'act-1' },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
])('the machine %s', (_, over, expected) => {
  expect(shown(plan(world(over)).plan)).toBe(expected);
});
