/** Acts that only look, by the driver; each gives what can be compared in one line. */
import { isDeepStrictEqual } from 'node:util';
import type { Drift, LocateQuery, Machine, MachineSpec, MachineState } from '../../contract.ts';
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';

/** Gives the ids of the machines found. */
export const locate = (by: string, query: (scene: Scene) => LocateQuery): Act => ({
  name: `locate by ${by}`,
  run: async (scene) => (await scene.driver.locate(query(scene), scene.call())).map(({ machineId }) => machineId),
});

/** Gives what the bulk observation tells of the case's machine. */
export const observe: Act = { name: 'observe', run: observed };

export const inspect: Act = { name: 'inspect', run: (scene) => scene.driver.inspect(scene.machineId, scene.call()) };

/** Gives the roles of the machine's disks with their labels, and what of them is no hard disk. */
export const inspectDisks: Act = {
  name: 'inspect',
  run: async (scene) => {
    const machine = await scene.driver.inspect(scene.machineId, scene.call());
    return machine?.disks.map(
      ({ role, label, device }) => `${role}${label === undefined ? '' : `-${label}`}${device === 'CDROM' ? ' as a CD-ROM' : ''}`,
    );
  },
};

/** Gives the machine's CPUs and what it can be given. */
export const inspectSize: Act = {
  name: 'inspect',
  run: async (scene) => {
    const machine = await scene.driver.inspect(scene.machineId, scene.call());
    return { vcpus: machine?.vcpus, maximum: machine?.maximum };
  },
};

/** Gives the MACs of what runs, in order. */
export const inspectInterfaces: Act = {
  name: 'inspect',
  run: async (scene) => ((await scene.driver.inspect(scene.machineId, scene.call()))?.interfaces ?? []).map(({ mac }) => mac).toSorted(),
};

export const readGuest: Act = {
  name: 'readGuest',
  needs: 'GuestAgent',
  run: (scene) => scene.driver.readGuest(scene.machineId, scene.call()),
};

/** Gives the names of the case's machines that are seen without an owner. */
export const observeStrangers: Act = {
  name: 'observe the others',
  run: async (scene) => {
    const { machines } = await scene.driver.observe(scene.call());
    return machines.filter(({ name, owner }) => name.startsWith(scene.name) && owner === undefined).map(({ name }) => name);
  },
};

/** Gives which of the harness' pool and network the host says it has. */
export const connectedTo: Act = {
  name: 'connect to the pool and network',
  run: async (scene) => {
    const { pools, networks } = await scene.driver.connect(scene.call());
    const { pool, network } = scene.stage.harness;
    return [
      ...pools.flatMap(({ name }) => (name === pool ? ['pool'] : [])),
      ...networks.flatMap((name) => (name === network ? ['network'] : [])),
    ];
  },
};

/** Gives whether the host's boot id is another one after the act, on a new connection. */
export const bootIdAfter = (act: Act): Act => ({
  ...act,
  name: `boot id after ${act.name}`,
  run: async (scene) => {
    const before = await scene.driver.observe(scene.call());
    await act.run(scene);
    const facts = await scene.driver.connect(scene.call());
    const after = await scene.driver.observe(scene.call());
    if (facts.bootId !== after.bootId) return 'the facts and the observation differ';
    return before.bootId === after.bootId ? 'the same' : 'another';
  },
});

/** Gives how the machine as inspected differs from the bulk observation of it: by nothing. */
export const compareViews: Act = {
  name: 'observe and inspect',
  run: async (scene) => {
    const state = await observed(scene);
    const machine = await scene.driver.inspect(scene.machineId, scene.call());
    return Object.keys(state ?? {}).filter(
      (key) => !isDeepStrictEqual(state?.[key as keyof MachineState], machine?.[key as keyof Machine]),
    );
  },
};

/** Gives what differs from a machine with the given changes, without what exactly of it. */
export const drift = (what: string, over: (scene: Scene) => Partial<MachineSpec>): Act => ({
  name: `drift, ${what}`,
  run: async (scene) => partsOf(await drifts(scene, over)),
});

/** The same of live drift only. */
export const liveDrift = (what: string, over: (scene: Scene) => Partial<MachineSpec>): Act => ({
  name: `live drift, ${what}`,
  run: async (scene) => partsOf((await drifts(scene, over)).filter(({ effect }) => effect === 'Live')),
});

/** Gives what was live drift before the definition was brought in line with the changes, and is none after. */
export const liveDriftEndedByDefine = (what: string, over: (scene: Scene) => Partial<MachineSpec>): Act => ({
  name: `live drift, ${what}, before and after define`,
  run: async (scene) => {
    const live = async () => partsOf((await drifts(scene, over)).filter(({ effect }) => effect === 'Live'));
    const before = await live();
    await scene.define(over(scene));
    const after = await live();
    return before.filter((part) => !after.includes(part));
  },
});

async function drifts(scene: Scene, over: (scene: Scene) => Partial<MachineSpec>): Promise<readonly Drift[]> {
  const machine = await scene.seen();
  if (machine === undefined) throw new Error('there is no machine to compare with');
  return scene.driver.drift(scene.spec(over(scene)), machine);
}

/** `interfaces[eth0].mac` is of the part `interfaces[eth0]`. */
function partsOf(drifts: readonly Drift[]): readonly string[] {
  return [...new Set(drifts.map(({ field }) => field.replace(/\..*$/, '')))];
}

async function observed(scene: Scene): Promise<MachineState | undefined> {
  const { machines } = await scene.driver.observe(scene.call());
  return machines.find(({ machineId }) => machineId === scene.machineId);
}
