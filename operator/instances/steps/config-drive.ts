/** The drive with what a guest is told: written when it says something else, removed when no definition names it any more. */
import type { DiskRef } from '../../../drivers/contract.ts';
import { configDrive, configDriveFiles, configHash } from '../config-drive.ts';
import { guestInterfaces } from '../configdrive/addressing.ts';
import type { GuestConfig, TaggedDisk } from '../configdrive/guest-config.ts';
import { guestFiles, USER_DATA, VENDOR_DATA } from '../guest-data.ts';
import { volumeSerial } from '../volumes/disk.ts';
import { hostnameOf } from '../hostname.ts';
import { configDriveName, configDrivePrefix } from '../naming.ts';
import type { Pass } from '../pass.ts';
import type { InstanceVolume } from '../volumes/resolve.ts';
import { withDefinition } from './definition.ts';
import { currentDisks, deleteDisk, earlierOwners, poolOf } from './disks.ts';
import { changes, reads, WORK_MS } from './host.ts';
import type { Undo } from './types.ts';

/**
 * A drive with what the guest is to be told now; the one that the machine has is kept where nothing changed. A rescue system
 * keeps the one that it was given.
 */
export async function writeConfigDrive(pass: Pass, register: (undo: Undo) => void): Promise<undefined> {
  if (isRescueMachine(pass)) return undefined;
  await withDefinition(pass);
  const { identity } = pass.scene.world;
  const { drive: shape } = pass.scene.wanted;
  const files = configDriveFiles(guestConfig(pass), shape);
  const drive: DiskRef = { pool: poolOf(pass), name: configDriveName(identity.uid, configHash(files, shape)) };
  pass.configDrive = drive;
  if (currentDisks(pass).some(({ name }) => name === drive.name)) return undefined;
  // A machine that exists may have been defined with it by the time something fails.
  if (pass.freshClaim) register((signal) => deleteDisk(pass, drive, signal));
  await changes(pass, 'Build', WORK_MS, (driver, call) => driver.writeDisk(drive, configDrive(files, shape), call));
  return undefined;
}

const isRescueMachine = ({ scene: { world } }: Pass): boolean =>
  world.machine.kind === 'Present' && world.machine.machine.role === 'rescue';

function guestConfig(pass: Pass): GuestConfig {
  const { guestSecrets } = pass;
  return {
    ...bareConfigOf(pass),
    userData: guestSecrets.get(USER_DATA),
    vendorData: guestSecrets.get(VENDOR_DATA),
    files: guestFiles(pass.scene.instance.spec, guestSecrets),
    taggedDisks: taggedDisks(pass.scene.volumes),
  };
}

/** Those that the machine has, or is defined with next. */
const taggedDisks = (volumes: readonly InstanceVolume[]): readonly TaggedDisk[] =>
  volumes.flatMap(({ wanted, hindrance, volumeUid, bus, tag }): readonly TaggedDisk[] =>
    wanted && hindrance === undefined && tag !== undefined ? [{ bus: bus ?? 'virtio', serial: volumeSerial(volumeUid), tag }] : [],
  );

/** What any system on this machine is told: who it is, who may log in, and the network. */
export function bareConfigOf({ scene }: Pass): GuestConfig {
  const { identity, record } = scene.world;
  const { spec } = scene.instance;
  const { os, interfaces } = scene.wanted;
  return {
    instanceId: record.machineId ?? identity.uid,
    name: identity.name,
    namespace: identity.namespace,
    hostname: hostnameOf({ uid: identity.uid, name: identity.name, hostname: spec.hostname, os }),
    files: [],
    sshAuthorizedKeys: spec.sshAuthorizedKeys ?? [],
    metadata: spec.metadata ?? {},
    interfaces: guestInterfaces(
      interfaces.map(({ name, mac, network, card, addresses }) => ({ name, mac, network: network.spec, mtu: card.mtu, addresses })),
    ),
  };
}

/** Config drives that the definition, which was just brought in line, does not name any more: also those that an attempt before this one left. */
export async function removeOldConfigDrives(pass: Pass): Promise<void> {
  const { configDrive: current, scene } = pass;
  const before = currentDisks(pass).find(({ role }) => role === 'config');
  pass.memory.note(scene.world.identity.uid, { drives: undefined });
  if (current === undefined || before === undefined) return;
  const pools = [...new Set([current.pool, before.pool])];
  for (const owner of [scene.world.identity.uid, ...earlierOwners(pass)]) {
    const namePrefix = configDrivePrefix(owner);
    const drives = await reads(pass, (driver, call) => driver.listDisks({ pools, namePrefix }, call));
    for (const drive of drives) if (drive.name !== current.name) await deleteDisk(pass, drive, pass.call.signal);
  }
}
