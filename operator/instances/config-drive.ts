/**
 * What a guest is told about itself, on a drive of its own. There is no metadata service, so every machine has one; what it
 * looks like follows from its image.
 *
 * Pure: the same input gives the same files, so the drive's name, which carries a hash of them, says whether it is current.
 */
import { createHash } from 'node:crypto';
import type { ImageProperties } from '../../crds/image.ts';
import type { DriveFile, DriveShape, GuestConfig } from './configdrive/guest-config.ts';
import { ignitionConfig } from './configdrive/ignition.ts';
import { writeIso9660 } from './configdrive/iso9660.ts';
import { noCloudFiles } from './configdrive/nocloud.ts';
import { openStackFiles } from './configdrive/openstack.ts';
import { userDataWithFiles } from './configdrive/user-data.ts';
import { writeVfat } from './configdrive/vfat.ts';

/** The image's word, with every absence filled in. */
export function driveShape({ configDrive }: ImageProperties = {}): DriveShape {
  const { layout = 'OpenStack', format = 'iso9660', device = layout === 'Sysprep' ? 'CDROM' : 'Disk' } = configDrive ?? {};
  return { layout, format, device };
}

/** The files on the drive. */
export function configDriveFiles(config: GuestConfig, { layout }: DriveShape): readonly DriveFile[] {
  const { userData, files } = config;
  switch (layout) {
    case 'OpenStack':
      return openStackFiles(config, userDataWithFiles(userData, files));
    case 'NoCloud':
      return noCloudFiles(config, userDataWithFiles(userData, files));
    case 'Ignition':
      return openStackFiles({ ...config, vendorData: undefined }, ignitionConfig(config));
    case 'Sysprep':
      return [...answerFiles(userData), ...openStackFiles(config, undefined)];
  }
}

/**
 * Windows Setup takes the one in the passes windowsPE and offlineServicing, the other in all that follow.
 * Source: https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-automation-overview
 */
const answerFiles = (content: Uint8Array | undefined): readonly DriveFile[] =>
  content === undefined ? [] : ['autounattend.xml', 'unattend.xml'].map((path) => ({ path, content }));

/** The drive's content. */
export function configDrive(files: readonly DriveFile[], shape: DriveShape): Uint8Array {
  const image = { volumeLabel: labelOf(shape), files };
  return shape.format === 'vfat' ? writeVfat(image) : writeIso9660(image);
}

const labelOf = ({ layout }: DriveShape): string => (layout === 'NoCloud' ? 'cidata' : 'config-2');

/**
 * Of the files, not of the image around them: a drive that an earlier version wrote is current as long as it says the same.
 * Only what the file system is counts besides, where it is not ISO 9660; the label follows from the files.
 */
export function configHash(files: readonly DriveFile[], { format }: DriveShape): string {
  const hash = createHash('sha256');
  if (format !== 'iso9660') hash.update(`${format}\n`);
  for (const { path, content } of files) hash.update(`${path} ${content.length}\n`).update(content);
  return hash.digest('hex');
}
