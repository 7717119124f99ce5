/** What a well-formed request looks like, verb by verb: nothing else reaches the world. */
import { Type, type TSchema } from 'typebox';
import { DriverError } from '../../labels.ts';
import { MAX_SENT_CONTENT_BYTES, type Ask, type Verb } from '../protocol.ts';
import { compileCheck, Mark, Name, oneOf, Text } from './schema.ts';

const Bytes = Type.Integer({ minimum: 0 });
const List = <T extends TSchema>(item: T, maxItems: number) => Type.Array(item, { maxItems });

const Format = oneOf(['qcow2', 'raw', 'vhd']);
const Target = Type.Object({ machineId: Name, clusterId: Text, uid: Text });
const Base = Type.Object({
  key: Name,
  format: Format,
  sizeBytes: Bytes,
  virtualSizeBytes: Bytes,
  sha256: Text,
  clusterId: Type.Optional(Text),
});
const Content = Type.Optional(Type.String({ maxLength: 2 * MAX_SENT_CONTENT_BYTES }));
const DiskRef = { pool: Name, name: Name };
const MachineDisk = Type.Object({
  ...DiskRef,
  role: oneOf(['root', 'config', 'ephemeral', 'swap', 'rescue']),
  label: Type.Optional(Name),
  device: Type.Optional(oneOf(['CDROM'])),
});
const RootDisk = Type.Object({ ...DiskRef, role: Type.Literal('root') });
const MachineVolume = Type.Object({
  ...DiskRef,
  id: Name,
  serial: Name,
  readOnly: Type.Boolean(),
  shared: Type.Optional(oneOf(['Read', 'Write'])),
});
const MachineInterface = Type.Object({
  name: Name,
  mac: Name,
  source: Type.Union([Type.Object({ network: Name }), Type.Object({ bridge: Name })]),
});
const Size = Type.Object({ vcpus: Type.Integer({ minimum: 1 }), memoryBytes: Type.Integer({ minimum: 1 }) });
const Spec = Type.Object({
  machineId: Type.Optional(Name),
  name: Name,
  owner: Mark,
  vcpus: Type.Integer({ minimum: 1 }),
  memoryBytes: Type.Integer({ minimum: 1 }),
  maximum: Type.Optional(Size),
  disks: List(MachineDisk, 128),
  volumes: Type.Optional(List(MachineVolume, 128)),
  interfaces: List(MachineInterface, 128),
});
const InPool = { pool: Name, key: Name };
const OnMachine = Type.Object({ target: Target });

const SCHEMAS: Readonly<Record<Verb, TSchema>> = {
  facts: Type.Object({}),
  observe: Type.Object({ since: Type.Integer() }),
  inspect: Type.Object({ machineId: Text }),
  locate: Type.Object({
    machineIds: List(Text, 10_000),
    name: Type.Optional(Text),
    clusterId: Type.Optional(Text),
    namespacedName: Type.Optional(Type.Object({ namespace: Text, name: Text })),
  }),
  findBase: Type.Object(InPool),
  beginImport: Type.Object({ ...InPool, format: Format, sizeBytes: Type.Optional(Type.Integer()) }),
  importBase: Type.Object({ pool: Name, importId: Type.Integer(), base: Base, content: Content }),
  exportBase: Type.Object(InPool),
  cancelImport: Type.Object({ ...InPool, importId: Type.Integer() }),
  listBases: Type.Object({ pool: Name, keyPrefix: Text }),
  deleteBase: Type.Object(InPool),
  copyToBase: Type.Object({ ...InPool, disk: Type.Object(DiskRef) }),
  captureBase: Type.Object({
    target: Target,
    ...InPool,
    disk: Type.Object(DiskRef),
    off: Type.Boolean(),
    quiesce: oneOf(['Preferred', 'Required', 'Never']),
  }),
  endCapture: Type.Object({ target: Target, ...InPool }),
  createDisk: Type.Object({
    ...DiskRef,
    sizeBytes: Bytes,
    baseKey: Type.Optional(Name),
    fromDisk: Type.Optional(Name),
    format: Type.Optional(oneOf(['raw'])),
  }),
  writeDisk: Type.Object({ ...DiskRef, sizeBytes: Bytes, content: Content }),
  listDisks: Type.Object({ pools: List(Name, 1000), namePrefix: Text }),
  deleteDisk: Type.Object(DiskRef),
  define: Spec,
  setMark: Type.Object({ target: Target, mark: Mark }),
  adopt: Type.Object({ machineId: Text, mark: Mark }),
  undefine: OnMachine,
  startPaused: Type.Object({ target: Target, run: Type.Object({ runId: Text, bootHash: Text }) }),
  applyFilters: OnMachine,
  unpause: OnMachine,
  signalShutdown: OnMachine,
  powerOff: OnMachine,
  pause: OnMachine,
  injectNmi: OnMachine,
  suspendToDisk: OnMachine,
  restoreFromDisk: OnMachine,
  discardSavedState: OnMachine,
  updateLive: Type.Object({ target: Target, wanted: Spec, fields: List(Text, 1000) }),
  resizeLive: Type.Object({ target: Target, size: Size }),
  attachVolume: Type.Object({ target: Target, volume: MachineVolume }),
  detachVolume: Type.Object({ target: Target, id: Name }),
  mergeDisk: Type.Object({ target: Target, disk: Type.Object(DiskRef) }),
  swapVolume: Type.Object({ target: Target, volume: Type.Union([MachineVolume, RootDisk]), sizeBytes: Bytes }),
  endSwap: Type.Object({ target: Target, id: Name }),
  growDisk: Type.Object({ ...DiskRef, sizeBytes: Bytes }),
  diskUsers: Type.Object(DiskRef),
  readGuest: Type.Object({ machineId: Text }),
  setGuestPassword: Type.Object({ target: Target, user: Text }),
  writeGuestFile: Type.Object({ target: Target, path: Text, sizeBytes: Bytes, mode: Type.Optional(Text) }),
  readDiagnostics: Type.Object({ machineId: Text }),
  readConsoleLog: Type.Object({ machineId: Text, maxBytes: Type.Integer({ minimum: 1 }) }),
  takeScreenshot: Type.Object({ machineId: Text }),
  freezeGuest: OnMachine,
  resetGuestNetwork: OnMachine,
  thawGuest: OnMachine,
};

const CHECKS: ReadonlyMap<string, (args: unknown) => string | undefined> = new Map(
  Object.entries(SCHEMAS).map(([verb, schema]) => [verb, compileCheck(schema)]),
);

export function isVerb(verb: string): verb is Verb {
  return CHECKS.has(verb);
}

/** Throws `InvalidSpec` on arguments that the verb does not take. */
export function checkedAsk<V extends Verb>(verb: V, args: unknown): Ask<V> {
  const problem = CHECKS.get(verb)?.(args);
  if (problem === undefined) return args as Ask<V>;
  throw new DriverError('InvalidSpec', `${verb}: ${problem}`);
}
