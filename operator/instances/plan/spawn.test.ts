import { expect, test } from '@jest/globals';
import { plan } from './plan.ts';
import {
  LOOKED,
  NOTHING_RECORDED,
  NOBODY_ELSEWHERE,
  NOT_LOOKED,
  NOW,
  claimed,
  desired,
  host,
  made,
  present,
  shown,
  twin,
  untouched,
  world,
} from './testing/world.ts';
import type { Failure, VolumeFacts, World } from './types.ts';

const CLAIM = 'Spawn: add-finalizer, claim';
const SPAWN = 'Spawn: ensure-base, create-root-disk, write-config-drive, define, start-paused, apply-filters, unpause';
const LOOK = 'Look: look-for-twins';
const there = (twins: readonly World['elsewhere']['twins'][number][], over: Partial<World['elsewhere']> = {}): World['elsewhere'] => ({
  ...NOBODY_ELSEWHERE,
  twins,
  ...over,
});

const ELSEWHERE: VolumeFacts = {
  name: 'data',
  wanted: true,
  plugged: 'No',
  tried: false,
  hindrance: { kind: 'Bad', reason: 'VolumeElsewhere', until: 'x' },
};

const failure = (over: Partial<Failure>): Failure => ({
  operation: 'Spawn',
  label: 'Transient',
  reason: 'Transient',
  message: 'it broke',
  at: NOW,
  attempts: 1,
  failedOn: ['host-a'],
  ...over,
});

test.each<[string, Partial<World>, string]>([
  ['a new object', {}, CLAIM],
  ['a host that was never observed', { elsewhere: there([], { unheard: ['host-b'] }) }, 'Wait: Observing'],
  ['our machine on a host, though status was lost', { elsewhere: there([twin()]) }, 'Follow: add-finalizer, follow'],
  ['a machine of an earlier object of this name', { elsewhere: there([twin({ kind: 'Namesake' })]) }, 'Blocked: IdentityConflict'],
  ['a machine of our id without our mark', { elsewhere: there([twin({ kind: 'Stranger' })]) }, 'Blocked: InstanceExists'],
  ['the flavor is missing', { missing: [{ kind: 'Flavor', reason: 'FlavorNotFound', until: 'Flavor x exists' }] }, 'Wait: FlavorNotFound'],
  ['the image is missing', { missing: [{ kind: 'Image', reason: 'ImageNotFound', until: 'Image x exists' }] }, 'Wait: ImageNotFound'],
  ['what no guest could take', { desired: desired({ refused: { reason: 'HostnameInvalid', message: 'x' } }) }, 'Blocked: HostnameInvalid'],
  ['user data in a secret', { looked: { ...NOT_LOOKED, secret: { kind: 'NotAsked' } } }, 'Look: read-secrets'],
  [
    'user data in a secret that is missing',
    { looked: { ...NOT_LOOKED, secret: { kind: 'Unfit', reason: 'SecretNotFound', until: 'Secret x exists', retryAt: NOW + 5_000 } } },
    'Wait: SecretNotFound',
  ],
  ['adoption of a machine that nobody saw', { desired: desired({ adoptMachineId: 'machine-1' }) }, 'Wait: AdoptionTargetNotFound'],
  [
    'adoption of a machine of an earlier object of this name',
    { desired: desired({ adoptMachineId: 'machine-1' }), elsewhere: there([twin({ kind: 'Namesake' })]) },
    'Adopt: add-finalizer, claim-machine, adopt-mark',
  ],
  [
    'adoption of somebody else’s machine',
    { desired: desired({ adoptMachineId: 'machine-1' }), elsewhere: there([twin({ kind: 'Stranger' })]) },
    'Blocked: AdoptionNotAllowed',
  ],
  [
    'adoption of a machine that was adopted, before status said so',
    { desired: desired({ adoptMachineId: 'machine-1' }), elsewhere: there([twin()]) },
    'Follow: add-finalizer, follow',
  ],
  ['WatchOnly', { desired: desired({ reconcilePolicy: 'WatchOnly' }) }, 'Wait: WatchOnly'],
  ['DryRun', { desired: desired({ reconcilePolicy: 'DryRun' }) }, 'Wait: DryRun'],
  ['Disabled', { desired: desired({ reconcilePolicy: 'Disabled' }) }, 'Wait: Disabled'],
  ['EnsureExists', { desired: desired({ reconcilePolicy: 'EnsureExists' }) }, CLAIM],
  ['failed before a host was chosen', { record: { ...NOTHING_RECORDED, failure: failure({ failedOn: [] }) } }, 'Wait: Transient'],
  ['failed some time ago', { record: { ...NOTHING_RECORDED, failure: failure({ failedOn: [], at: NOW - 2_000 }) } }, CLAIM],
])('nothing claimed yet: %s', (_, over, expected) => {
  expect(shown(plan(untouched({ looked: NOT_LOOKED, ...over })).plan)).toBe(expected);
});

const absent = { kind: 'Absent', readings: 9 } as const;
const unstarted = present({ power: 'Stopped', powerReason: 'Unknown', runId: undefined, bootHash: undefined });

test.each<[string, Partial<World>, string]>([
  ['not asked whether it is there', { looked: NOT_LOOKED }, LOOK],
  ['not observed, not asked', { looked: NOT_LOOKED, machine: { kind: 'NotObserved' } }, LOOK],
  ['asked, and it is not there', {}, SPAWN],
  ['the finalizer was taken off', { finalizer: false }, 'Protect: add-finalizer'],
  ['with more disks', { desired: desired({ extraDisks: true }) }, SPAWN.replace('root-disk', 'root-disk, create-extra-disks')],
  ['to be off', { desired: desired({ powerState: 'Stopped' }) }, 'Spawn: ensure-base, create-root-disk, write-config-drive, define'],
  ['to be paused: it boots first', { desired: desired({ powerState: 'Paused' }) }, SPAWN],
  ['another image meanwhile', { desired: desired({ makings: 'other' }) }, 'Spawn: remove-leftovers, claim'],
  ['a volume lies on another host by now', { volumes: [ELSEWHERE] }, 'Spawn: remove-leftovers, claim'],
  [
    'a volume lies on another host than the one that is asked for',
    { volumes: [ELSEWHERE], desired: desired({ pinnedTo: 'host-a' }) },
    SPAWN,
  ],
  ['another host is asked for meanwhile', { desired: desired({ pinnedTo: 'host-b' }) }, 'Spawn: remove-leftovers, claim'],
  [
    'another host is asked for, and this one is silent',
    { desired: desired({ pinnedTo: 'host-b' }), host: host({ contact: 'Silent' }) },
    'Wait: HostUnreachable',
  ],
  [
    'another host is asked for, and it is there after all',
    { desired: desired({ pinnedTo: 'host-b' }), looked: { ...LOOKED, twins: [twin({ hypervisorName: 'host-a' })] } },
    'Wait: Observing',
  ],
  ['another host is asked for, and it runs', { desired: desired({ pinnedTo: 'host-b' }), machine: present() }, 'Settled: Running'],
  ['any host is asked for', { desired: desired({ pinnedTo: undefined }) }, SPAWN],
  [
    'this host lacks a network now',
    { missing: [{ kind: 'HostNetwork', reason: 'HostNetworkNotFound', until: 'x' }] },
    'Wait: HostNetworkNotFound',
  ],
  [
    'this host lacks a network now, and another is asked for',
    { desired: desired({ pinnedTo: 'host-b' }), missing: [{ kind: 'HostNetwork', reason: 'HostNetworkNotFound', until: 'x' }] },
    'Spawn: remove-leftovers, claim',
  ],
  ['the image is gone meanwhile', { missing: [{ kind: 'Image', reason: 'ImageNotFound', until: 'x' }] }, 'Wait: ImageNotFound'],
  ['asked, and it is on another host', { looked: { ...LOOKED, twins: [twin()] } }, 'Follow: add-finalizer, follow'],
  ['asked, and it is there after all', { looked: { ...LOOKED, twins: [twin({ hypervisorName: 'host-a' })] } }, 'Wait: Observing'],
  [
    'asked, and a stranger has its name',
    { looked: { ...LOOKED, twins: [twin({ hypervisorName: 'host-a', kind: 'Stranger' })] } },
    'Blocked: InstanceExists',
  ],
  [
    'asked, and an earlier one is there, which is to be adopted',
    {
      desired: desired({ adoptMachineId: 'machine-1' }),
      looked: { ...LOOKED, twins: [twin({ hypervisorName: 'host-a', kind: 'Namesake' })] },
    },
    'Adopt: add-finalizer, claim-machine, adopt-mark',
  ],
  ['the host is silent', { host: host({ contact: 'Silent' }) }, 'Wait: HostUnreachable'],
  ['the host was not contacted yet', { host: host({ contact: 'Unheard' }) }, 'Wait: Observing'],
  ['the Hypervisor is gone', { host: host({ contact: 'Gone' }) }, 'Wait: HostUnreachable'],
  ['defined, never started', { machine: unstarted }, SPAWN],
  ['defined, never started, not asked', { machine: unstarted, looked: NOT_LOOKED }, LOOK],
  ['defined, to be off', { machine: unstarted, desired: desired({ powerState: 'Stopped' }) }, 'Settled: Stopped'],
  ['defined from another image', { machine: unstarted, desired: desired({ makings: 'other' }) }, 'Spawn: remove-leftovers, claim'],
  ['started paused', { machine: present({ power: 'Paused' }) }, 'Resume: apply-filters, unpause'],
  ['running', { machine: present() }, 'Settled: Running'],
  [
    'running, made from another image than the spec says now',
    { machine: present(), desired: desired({ makings: 'other' }) },
    'Settled: Running',
  ],
  ['machine without a mark', { machine: { kind: 'NotOurs', machineId: 'machine-1', mark: 'None' } }, 'Blocked: InstanceExists'],
  ['machine that was let go', { machine: { kind: 'NotOurs', machineId: 'machine-1', mark: 'Retained' } }, 'Blocked: InstanceExists'],
  ['machine of an earlier object', { machine: { kind: 'NotOurs', machineId: 'machine-1', mark: 'Namesake' } }, 'Blocked: IdentityConflict'],
  [
    'machine of an earlier object, claimed for adoption',
    {
      machine: { kind: 'NotOurs', machineId: 'machine-1', mark: 'Namesake' },
      record: made(),
      desired: desired({ adoptMachineId: 'machine-1' }),
    },
    'Adopt: adopt-mark',
  ],
  ['failed a moment ago', { record: claimed({ failure: failure({}) }) }, 'Wait: Transient'],
  ['failed some time ago', { record: claimed({ failure: failure({ at: NOW - 2_000 }) }) }, SPAWN],
  [
    'failed for want of memory',
    { record: claimed({ failure: failure({ label: 'InsufficientCapacity' }) }) },
    'Spawn: remove-leftovers, claim',
  ],
  [
    'failed for want of memory, pinned',
    { record: claimed({ failure: failure({ label: 'InsufficientCapacity' }) }), desired: desired({ pinnedTo: 'host-a' }) },
    'Wait: Transient',
  ],
  [
    'failed for want of memory on another host',
    { record: claimed({ failure: failure({ label: 'InsufficientCapacity', failedOn: ['host-b'] }) }) },
    SPAWN,
  ],
  ['failed three times here', { record: claimed({ failure: failure({ attempts: 3 }) }) }, 'Spawn: remove-leftovers, claim'],
  ['failed too often', { record: claimed({ failure: failure({ attempts: 8, at: 0 }) }) }, 'Blocked: Transient'],
  ['failed for good', { record: claimed({ failure: failure({ label: 'InvalidSpec', reason: 'BadImage' }) }) }, 'Blocked: BadImage'],
  ['not known whether it failed', { record: claimed({ failure: failure({ label: 'Unknown' }) }) }, 'Wait: Transient'],
])('claimed, not known to be made: %s', (_, over, expected) => {
  expect(shown(plan(world({ record: claimed(), machine: absent, ...over })).plan)).toBe(expected);
});
