/** Worlds for the tables: a running, healthy Instance, and what a row says is different. */
import type {
  AskedAction,
  Desired,
  MachineReading,
  ObservedHost,
  ObservedMachine,
  Plan,
  RebootAction,
  Recorded,
  Twin,
  World,
} from '../types.ts';

export const NOW = 1_000_000_000;

export const desired = (over: Partial<Desired> = {}): Desired => ({
  powerState: 'Running',
  restartPolicy: 'OnCrash',
  reconcilePolicy: 'Reconcile',
  deletionPolicy: 'Delete',
  deletionProtection: false,
  lock: undefined,
  guestAgent: undefined,
  shutdownTimeoutMs: 60_000,
  imageName: 'demo',
  rootVolume: undefined,
  flavorName: 'tiny',
  resize: undefined,
  live: undefined,
  extraDisks: false,
  pinnedTo: undefined,
  adoptMachineId: undefined,
  bootHash: 'boot-hash',
  refused: undefined,
  makings: 'makings',
  softDeleted: undefined,
  shelved: undefined,
  rescue: undefined,
  ...over,
});

/** What status holds before the first pass. */
export const NOTHING_RECORDED: Recorded = {
  hypervisorName: undefined,
  machineId: undefined,
  origin: 'Created',
  imageName: undefined,
  makings: undefined,
  powerOff: undefined,
  restarts: undefined,
  run: undefined,
  shutdown: undefined,
  frozen: undefined,
  failure: undefined,
  action: undefined,
  flavorName: undefined,
  resize: undefined,
  rescue: undefined,
  lifecycle: undefined,
};

export const claimed = (over: Partial<Recorded> = {}): Recorded => ({
  ...NOTHING_RECORDED,
  hypervisorName: 'host-a',
  imageName: 'demo',
  makings: 'makings',
  ...over,
});

export const made = (over: Partial<Recorded> = {}): Recorded =>
  claimed({ machineId: 'machine-1', run: { id: 'run-1', bootId: 'boot-1', bootHash: 'boot-hash' }, ...over });

export const host = (over: Partial<ObservedHost> = {}): ObservedHost => ({
  name: 'host-a',
  contact: 'Reachable',
  fenced: false,
  bootId: 'boot-1',
  ...over,
});

export const machine = (over: Partial<ObservedMachine> = {}): ObservedMachine => ({
  machineId: 'machine-1',
  power: 'Running',
  powerReason: 'User',
  runId: 'run-1',
  bootHash: 'boot-hash',
  busy: false,
  persistent: true,
  liveDrift: [],
  role: 'main',
  ...over,
});

export const present = (over: Partial<ObservedMachine> = {}): MachineReading => ({ kind: 'Present', machine: machine(over) });

export const twin = (over: Partial<Twin> = {}): Twin => ({
  hypervisorName: 'host-b',
  machineId: 'machine-1',
  power: 'Running',
  runId: 'run-1',
  movedAway: false,
  kind: 'Ours',
  ...over,
});

export const START_ACTION: AskedAction = { uid: 'act-1', name: 'start', action: 'Start' };
export const reboot = (over: Partial<RebootAction> = {}): RebootAction => ({
  uid: 'act-1',
  name: 'reboot',
  action: 'Reboot',
  type: 'Soft',
  timeoutMs: 30_000,
  ...over,
});

/** An action that is asked for and that status says is under way. */
export const begun = (action: AskedAction, over: Partial<Recorded> = {}): Pick<World, 'action' | 'record'> => ({
  action,
  record: made({ action: { uid: action.uid, name: action.name, action: action.action, phase: 'Running' }, ...over }),
});

export const NOBODY_ELSEWHERE = { twins: [], confirmed: false, unheard: [], unobserved: [], silentSharers: [], silent: [] } as const;
export const NOT_LOOKED = { twins: undefined, disks: undefined, secret: { kind: 'NotNeeded' }, rescue: undefined } as const;
/** What the gates look for was looked for, and nothing was found that is in the way. */
export const LOOKED = { twins: [], disks: { rootExists: true }, secret: { kind: 'NotNeeded' }, rescue: { kind: 'Ready' } } as const;

export const world = (over: Partial<World> = {}): World => ({
  now: NOW,
  identity: { clusterId: 'cluster', namespace: 'default', name: 'demo', uid: 'uid-1' },
  deleting: false,
  finalizer: true,
  statusLost: false,
  desired: desired(),
  missing: [],
  layered: false,
  oldDrives: false,
  record: made(),
  host: host(),
  machine: present(),
  elsewhere: NOBODY_ELSEWHERE,
  looked: LOOKED,
  volumes: [],
  action: undefined,
  shelf: { kind: 'None' },
  ...over,
});

/** Nothing but the object itself. */
export const untouched = (over: Partial<World> = {}): World =>
  world({ finalizer: false, record: NOTHING_RECORDED, host: undefined, machine: { kind: 'NotObserved' }, ...over });

/** A plan on one line, for the right side of a row. */
export const shown = (plan: Plan): string =>
  plan.kind === 'Steps' ? `${plan.operation}: ${plan.steps.join(', ')}` : `${plan.kind}: ${plan.reason}`;
