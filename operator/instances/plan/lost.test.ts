import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import {
  LOOKED,
  NOBODY_ELSEWHERE,
  NOT_LOOKED,
  NOW,
  START_ACTION,
  begun,
  desired,
  host,
  made,
  present,
  shown,
  twin,
  world,
} from './testing/world.ts';
import type { World } from './types.ts';
import { OBSERVE_AGAIN_MS } from './unfinished.ts';

const elsewhere = (over: Partial<World['elsewhere']>): World['elsewhere'] => ({ ...NOBODY_ELSEWHERE, ...over });
const absent = (readings = 2) => ({ kind: 'Absent', readings }) as const;
const START = 'Start: write-config-drive, define, start-paused, apply-filters, unpause';
/** Off, and the host does not say why. */
const forgotten = present({ power: 'Stopped', powerReason: 'Unknown' });
const rebooted = { machine: forgotten, host: host({ bootId: 'boot-2' }) };

test.each<[string, Partial<World>, string]>([
  ['missed once', { machine: absent(1) }, 'Wait: MachineMissing'],
  ['missed once, and seen elsewhere', { machine: absent(1), elsewhere: elsewhere({ twins: [twin()] }) }, 'Wait: MachineMissing'],
  ['seen elsewhere', { elsewhere: elsewhere({ twins: [twin()] }) }, 'Follow: add-finalizer, follow'],
  ['seen elsewhere, off, of this run', { elsewhere: elsewhere({ twins: [twin({ power: 'Stopped' })] }) }, 'Follow: add-finalizer, follow'],
  [
    'seen elsewhere, off, of an earlier run',
    { elsewhere: elsewhere({ twins: [twin({ power: 'Stopped', runId: 'run-0' })] }) },
    'Redefine: define',
  ],
  [
    'seen elsewhere, saved, of an earlier run',
    { elsewhere: elsewhere({ twins: [twin({ power: 'Suspended', runId: 'run-0' })] }) },
    'Redefine: define',
  ],
  [
    'seen elsewhere, alive, of another run',
    { elsewhere: elsewhere({ twins: [twin({ runId: 'run-0' })] }) },
    'Follow: add-finalizer, follow',
  ],
  [
    'seen elsewhere, in no known state, of another run',
    { elsewhere: elsewhere({ twins: [twin({ power: 'Unknown', runId: 'run-0' })] }) },
    'Follow: add-finalizer, follow',
  ],
  [
    'seen elsewhere, off, of this run, which moved away from there',
    { elsewhere: elsewhere({ twins: [twin({ power: 'Stopped', movedAway: true })] }) },
    'Redefine: define',
  ],
  [
    'an off one of an earlier run elsewhere, and a host that was not looked at since',
    { elsewhere: elsewhere({ twins: [twin({ power: 'Stopped', runId: 'run-0' })], unheard: ['host-c'] }) },
    'Wait: MachineMissing',
  ],
  [
    'seen elsewhere, WatchOnly',
    { desired: desired({ reconcilePolicy: 'WatchOnly' }), elsewhere: elsewhere({ twins: [twin()] }) },
    'Follow: add-finalizer, follow',
  ],
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
  [
    'is off here and runs there, EnsureExists',
    {
      machine: present({ power: 'Stopped', powerReason: 'Migrated' }),
      desired: desired({ reconcilePolicy: 'EnsureExists' }),
      elsewhere: elsewhere({ twins: [twin()] }),
    },
    'Follow: add-finalizer, follow',
  ],
  [
    'is paused here and runs there',
    { machine: present({ power: 'Paused' }), elsewhere: elsewhere({ twins: [twin()], confirmed: true }) },
    'Blocked: RunsTwice',
  ],
  [
    'is paused here and there',
    { machine: present({ power: 'Paused' }), elsewhere: elsewhere({ twins: [twin({ power: 'Paused' })], confirmed: true }) },
    'Blocked: RunsTwice',
  ],
  [
    'is saved here and runs there',
    { machine: present({ power: 'Suspended' }), elsewhere: elsewhere({ twins: [twin()], confirmed: true }) },
    'Blocked: RunsTwice',
  ],
  [
    'is said to be paused here and to run there, by observations of different times',
    { machine: present({ power: 'Paused' }), elsewhere: elsewhere({ twins: [twin()] }) },
    'Wait: Observing',
  ],
  [
    'is paused here, with a host not looked at by this process',
    { machine: present({ power: 'Paused' }), elsewhere: elsewhere({ unheard: ['host-b'], unobserved: ['host-b'] }) },
    'Wait: Observing',
  ],
  [
    'is paused here, with a copy there that is off',
    { machine: present({ power: 'Paused' }), elsewhere: elsewhere({ twins: [twin({ power: 'Stopped' })] }) },
    'Resume: apply-filters, unpause',
  ],
  [
    'is paused here by a move under way, and runs there',
    { machine: present({ power: 'Paused', powerReason: 'Migration' }), elsewhere: elsewhere({ twins: [twin()], confirmed: true }) },
    'Wait: PausedByHost',
  ],
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
      ...begun(START_ACTION),
      elsewhere: elsewhere({ unheard: ['host-b'] }),
    },
    'Wait: EndUnexplained',
  ],
  [
    'is off, unexplained, and a start is asked for',
    { machine: present({ power: 'Stopped', powerReason: 'Migrated' }), ...begun(START_ACTION) },
    'Start: write-config-drive, define, start-paused, apply-filters, unpause',
  ],
])('the machine %s', (_, over, expected) => {
  expect(shown(plan(world(over)).plan)).toBe(expected);
});

// An end that was inferred says nothing of where the machine is: a move by hand that the operator did not see reads alike.
test.each<[string, Partial<World>, string]>([
  ['and every host was looked at', rebooted, START],
  ['and a host was not looked at since', { ...rebooted, elsewhere: elsewhere({ unheard: ['host-b'] }) }, 'Wait: EndUnexplained'],
  ['and a silent host reaches its disks', { ...rebooted, elsewhere: elsewhere({ silentSharers: ['host-b'] }) }, 'Wait: EndUnexplained'],
  ['and it runs elsewhere', { ...rebooted, elsewhere: elsewhere({ twins: [twin()] }) }, 'Follow: add-finalizer, follow'],
  [
    'and a start is asked for, with a host not looked at',
    { ...rebooted, ...begun(START_ACTION), elsewhere: elsewhere({ unheard: ['host-b'] }) },
    'Wait: EndUnexplained',
  ],
  [
    'and the policy is Never, with a host not looked at',
    { ...rebooted, desired: desired({ restartPolicy: 'Never' }), elsewhere: elsewhere({ unheard: ['host-b'] }) },
    'Blocked: HostRestart',
  ],
  [
    'as the host itself says, with a host not looked at',
    { machine: present({ power: 'Stopped', powerReason: 'HostRestart' }), elsewhere: elsewhere({ unheard: ['host-b'] }) },
    START,
  ],
  [
    'in a boot that nobody recorded, under Always, with a host not looked at',
    {
      machine: forgotten,
      record: made({ run: { id: 'run-1', bootId: undefined, bootHash: 'boot-hash' } }),
      desired: desired({ restartPolicy: 'Always' }),
      elsewhere: elsewhere({ unheard: ['host-b'] }),
    },
    'Wait: EndUnexplained',
  ],
  [
    'as was asked, moved by hand for all that the host says, with a host not looked at',
    {
      machine: present({ power: 'Stopped', powerReason: 'Migrated' }),
      record: made({ powerOff: { reason: 'Requested', observedAt: NOW - 9, runId: 'run-1' } }),
      elsewhere: elsewhere({ unheard: ['host-b'] }),
    },
    'Wait: EndUnexplained',
  ],
])('the host restarted: %s', (_, over, expected) => {
  expect(shown(plan(world(over)).plan)).toBe(expected);
});

test('hosts that are to be looked at are waited for by time, too: nothing need change on them', () => {
  const { plan: decided } = plan(world({ ...rebooted, elsewhere: elsewhere({ unheard: ['host-b'] }) }));
  expect(decided).toMatchObject({ after: NOW + OBSERVE_AGAIN_MS });
});
