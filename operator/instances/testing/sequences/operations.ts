/**
 * What may happen to an Instance, one line each: legal and illegal edits, actions, people, guests, faults.
 *
 * A new field or action joins with a line here; where it leads to an end of its own, with a line in ends.ts.
 */
import { GUEST_OPERATIONS } from './guests.ts';
import { act, edit, type Operation } from './say.ts';
import { STAGE_OPERATIONS } from './stages.ts';
import { STORAGE_OPERATIONS } from './storage.ts';

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...STAGE_OPERATIONS,
  ...GUEST_OPERATIONS,
  ...STORAGE_OPERATIONS,

  'a tick': (play) => play.world.pass(1),
  'a minute': (play) => play.world.pass(6),

  'to run': edit({ powerState: 'Running' }),
  'to be off': edit({ powerState: 'Stopped' }),
  'to be paused': edit({ powerState: 'Paused' }),
  'to be suspended': edit({ powerState: 'Suspended' }),
  'to be started always': edit({ restartPolicy: 'Always' }),
  'to be started never': edit({ restartPolicy: 'Never' }),
  'to be off at once': edit({ shutdownTimeout: '0s' }),
  'a small flavor': edit({ flavorName: 'small' }),
  'a flavor with more disks': edit({ flavorName: 'wide' }),
  'a flavor with room for more': edit({ flavorName: 'elastic' }),
  'a larger one with room for more': edit({ flavorName: 'elastic-large' }),
  'a flavor that is missing': edit({ flavorName: 'missing' }),
  'the first flavor': edit({ flavorName: 'tiny' }),
  'resized at once, and confirmed by hand': edit({ resize: { confirm: 'Manual' } }),
  'resized at once, and confirmed by itself': edit({ resize: { confirm: 'Automatic', confirmAfter: '1m' } }),
  'resized at the next start': edit({ resize: null }),
  'another image': edit({ imageName: 'next' }),
  'an image that fits no flavor': edit({ imageName: 'huge' }),
  'an image that is missing': edit({ imageName: 'missing' }),
  'the first image': edit({ imageName: 'demo' }),
  'an interface': edit({ networks: [{ name: 'eth0', networkName: 'lab' }] }),
  'another interface': edit({ networks: [{ name: 'eth1', networkName: 'lab' }] }),
  'two interfaces': edit({
    networks: [
      { name: 'eth0', networkName: 'lab' },
      { name: 'eth1', networkName: 'lab' },
    ],
  }),
  'a network that is missing': edit({ networks: [{ name: 'eth0', networkName: 'missing' }] }),
  'no interface': edit({ networks: null }),
  'a secret that is missing': edit({ userData: { secretKeyRef: { name: 'missing', key: 'user-data' } } }),
  'no secret': edit({ userData: null }),
  'other metadata': edit({ metadata: { a: '1' } }),
  'pinned to host b': edit({ placement: { hypervisorName: 'host-b' } }),
  'pinned to a host that is missing': edit({ placement: { hypervisorName: 'missing' } }),
  'placed anywhere': edit({ placement: null }),
  'to adopt a machine that is missing': edit({ adopt: { machineId: 'missing' } }),
  'to adopt what is there': (play) => {
    const [id = 'missing'] = play.world.hosts.list().flatMap(({ driver }) => Array.from(driver.machines.keys()));
    return play.edit({ adopt: { machineId: id } });
  },
  'to adopt nothing': edit({ adopt: null }),

  'it is locked': edit({ lock: { reason: 'audit' } }),
  'it is unlocked': edit({ lock: null }),
  WatchOnly: edit({ reconcilePolicy: 'WatchOnly' }),
  DryRun: edit({ reconcilePolicy: 'DryRun' }),
  EnsureExists: edit({ reconcilePolicy: 'EnsureExists' }),
  Disabled: edit({ reconcilePolicy: 'Disabled' }),
  Reconcile: edit({ reconcilePolicy: null }),
  protected: edit({ deletionProtection: true }),
  'to be retained': edit({ deletionPolicy: 'Retain' }),
  'to be abandoned': edit({ deletionPolicy: 'Abandon' }),
  'to be removed': edit({ deletionPolicy: null }),
  'it is deleted': (play) => play.delete(),
  'it is made again': (play) => play.createAgain(),

  'a start is asked for': act({ action: 'Start' }),
  'a soft reboot is asked for': act({ action: 'Reboot', reboot: { timeout: '25s' } }),
  'a hard reboot is asked for': act({ action: 'Reboot', reboot: { type: 'Hard' } }),
  'a rebuild is asked for': act({ action: 'Rebuild' }),
  'a rebuild that preserves is asked for': act({ action: 'Rebuild', rebuild: { preserveEphemeral: true } }),
  'a snapshot is taken': (play) => play.keepSnapshot(),
  'a restore is asked for': act({ action: 'Restore', restore: { snapshotName: 'snap' } }),
  'a crash dump is asked for': act({ action: 'CrashDump' }),
  'a confirmation is asked for': act({ action: 'ConfirmResize' }),
  'a reverting is asked for': act({ action: 'RevertResize' }),
  'the actions are deleted': (play) => play.deleteActions(),

  'the guest shuts down': (play) => play.onMachines(['Running'], { power: 'Stopped', powerReason: 'GuestShutdown' }),
  'the guest crashes': (play) => play.onMachines(['Running'], { power: 'Stopped', powerReason: 'Crashed' }),
  'guests hang': (play) => {
    for (const { driver } of play.world.hosts.list()) driver.heedsShutdown = false;
  },
  'somebody destroys it': (play) => play.onMachines(['Running', 'Paused'], { power: 'Stopped', powerReason: 'Destroyed' }),
  'somebody starts it': (play) => play.onMachines(['Stopped'], { power: 'Running', powerReason: 'User', filtered: true }),
  'somebody pauses it': (play) => play.onMachines(['Running'], { power: 'Paused', powerReason: 'User', filtered: false }),
  'somebody suspends it': (play) => play.onMachines(['Running'], { power: 'Suspended', powerReason: 'Saved' }),
  'somebody undefines it': (play) => play.undefineByHand(),
  'a job runs on it': (play) => play.onMachines(['Running'], { busy: true }),
  'the job ends': (play) => play.onMachines(['Running', 'Paused', 'Stopped', 'Suspended'], { busy: false }),
  'the host is silent': (play) => play.world.host().turn('False'),
  'the host answers': (play) => play.world.host().turn('True'),
  'the host restarts': (play) => play.restartHost(),
  'somebody moves it': (play) => play.moveByHand(),
  'its status is lost': (play) => play.loseStatus(),
  'the image is on its way': (play) => {
    play.world.base = { kind: 'InProgress', percent: 40, message: 'Image demo is being fetched' };
  },
  'the image is another one': (play) => {
    const retryAt = play.world.clock.now() + 30_000;
    play.world.base = { kind: 'Failed', label: 'InvalidSpec', reason: 'ChecksumMismatch', message: 'another one', retryAt };
  },
  'the next answer is lost': (play) => play.loseAnswer(),
  'disks cannot be made': (play) => play.fail('createDisk', 'InsufficientCapacity', 4),
  'definitions fail once': (play) => play.fail('define', 'Transient', 1),
  'starts fail': (play) => play.fail('startPaused', 'Transient', 4),
  'nobody knows whether it was switched off': (play) => play.fail('powerOff', 'Unknown', 1),
  'disks cannot be removed': (play) => play.fail('deleteDisk', 'Transient', 3),
  'killed at once': (play) => play.killAfter(0),
  'killed in 2 calls': (play) => play.killAfter(2),
  'killed in 5 calls': (play) => play.killAfter(5),
  'killed in 9 calls': (play) => play.killAfter(9),
  'the operator is back': (play) => play.restart(),
};
