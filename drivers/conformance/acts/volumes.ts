/** Acts on volumes of a machine, by the driver. */
import { DriverError } from '../../labels.ts';
import type { DiskRef, MachineSpec, MachineVolume } from '../../contract.ts';
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';

/** What the volume is called whose disk existed already. */
export const EXISTING = 'existing';

/** The disk `<name of the case>-volume-<id>`, as a volume; or the one that the host has. */
export const volume = (scene: Scene, id: string): MachineVolume => ({
  ...(id === EXISTING ? existingDisk(scene) : scene.disk(`volume-${id}`)),
  id,
  serial: `serial-${id}`,
  readOnly: id.startsWith('read-only'),
  ...(id.startsWith('scsi') && { bus: 'scsi' as const }),
  ...(id.startsWith('sata') && { bus: 'sata' as const }),
  ...(id === 'vault' && { secretId: scene.uid }),
  ...(id.endsWith('-shared') && { shared: id.startsWith('read-only') ? ('Read' as const) : ('Write' as const) }),
});

export function existingDisk({ stage }: Scene): DiskRef {
  const { pool, name } = stage.harness.existing;
  return { pool, name };
}

export const withVolumes =
  (...ids: readonly string[]) =>
  (scene: Scene): Partial<MachineSpec> => ({ volumes: ids.map((id) => volume(scene, id)) });

/** The machine boots from the disk of the volume. */
export const bootsFrom =
  (id: string) =>
  (scene: Scene): Partial<MachineSpec> => {
    const { pool, name } = volume(scene, id);
    return { disks: [{ role: 'root', pool, name }] };
  };

export const makeVolume = (id: string): Act => ({
  name: `the disk of volume ${id} is made`,
  run: (scene) => {
    const { shared, secretId } = volume(scene, id);
    const made = { ...(shared === 'Write' && { format: 'raw' as const }), ...(secretId !== undefined && { secretId }) };
    return scene.driver.createDisk({ ...scene.disk(`volume-${id}`), sizeBytes: 1024 * 1024, ...made }, scene.call());
  },
});

export const attachVolume = (id: string): Act => ({
  name: `attachVolume(${id})`,
  run: (scene) => scene.driver.attachVolume(scene.target(), volume(scene, id), scene.call()),
});

export const detachVolume = (id: string): Act => ({
  name: `detachVolume(${id})`,
  run: (scene) => scene.driver.detachVolume(scene.target(), id, scene.call()),
});

/** Of a machine whose guest may be one that lets go of nothing: that is the only failure there may be. */
export const askToDetach = (id: string): Act => ({
  name: `detachVolume(${id}), heeded or not`,
  run: async (scene) => {
    try {
      await detachVolume(id).run(scene);
    } catch (error) {
      if (!(error instanceof DriverError && error.label === 'Conflict' && error.reason === 'NotReleased')) throw error;
    }
  },
});

/** Gives `data Both`, ..., in order, as another connection sees it. */
export const seeVolumes: Act = {
  name: 'its volumes',
  run: async (scene) => {
    const machine = await scene.seen();
    const names = new Set((machine?.volumes ?? []).map(({ id, name }) => (name === volume(scene, id).name ? '' : `${id} is ${name}`)));
    if ([...names].join('') !== '') throw new Error([...names].join(', '));
    return (machine?.volumes ?? []).map(({ id, plugged }) => `${id} ${plugged}`).toSorted();
  },
};

/** Gives the roles of the machine's own disks. */
export const seeDisks: Act = {
  name: 'its disks',
  run: async (scene) => ((await scene.seen())?.disks ?? []).map(({ role }) => role).toSorted(),
};

/** To so many MiB. */
export const grow = (id: string, mebibytes: number): Act => ({
  name: `growDisk(${id}, ${mebibytes} MiB)`,
  run: (scene) => scene.driver.growDisk(scene.disk(`volume-${id}`), mebibytes * 1024 * 1024, scene.target(), scene.call()),
});

/** Gives whether each user of the volume's disk is the case's machine. */
export const usersOf = (id: string): Act => ({
  name: `diskUsers(${id})`,
  run: async (scene) => (await scene.driver.diskUsers(volume(scene, id), scene.call())).map((name) => name === scene.name),
});

/** Another machine of ours is defined with the volume, and runs where `runs` is set: it has no disk to boot from, and goes on looking. */
export const otherMachineWith = (id: string, runs = false): Act =>
  otherMachine(`${runs ? 'runs with' : 'has'} volume ${id}`, withVolumes(id), runs);

export const otherMachineFrom = (id: string): Act => otherMachine(`boots from volume ${id}`, bootsFrom(id), false);

const otherMachine = (what: string, over: (scene: Scene) => Partial<MachineSpec>, runs: boolean): Act => ({
  name: `another machine ${what}`,
  run: async (scene) => {
    const chosen = scene.stage.description.machineIds === 'Chosen';
    const uid = crypto.randomUUID();
    const spec = scene.spec({ name: `${scene.name}-other`, owner: scene.owner({ uid }), disks: [], interfaces: [] });
    const { machineId: _, ...rest } = spec;
    const asked = { ...rest, ...(chosen && { machineId: uid }), ...over(scene) };
    const { machineId } = await scene.driver.define(asked, scene.call());
    const target = { ...scene.target(), machineId, uid };
    if (runs) await scene.driver.startPaused(target, { runId: 'other-run', bootHash: 'hash' }, scene.call());
  },
});

/** For disks of the case: under its uid. */
export const keepSecret = (passphrase: string): Act => ({
  name: `keepSecret(${passphrase})`,
  needs: 'Encryption',
  run: (scene) => {
    const value = new TextEncoder().encode(passphrase);
    return scene.driver.keepSecret({ id: scene.uid, description: scene.name, value }, scene.call());
  },
});

export const forgetSecret: Act = {
  name: 'forgetSecret',
  needs: 'Encryption',
  run: (scene) => scene.driver.forgetSecret(scene.uid, scene.call()),
};
