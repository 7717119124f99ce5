/** The kinds of the API as the kernel addresses them. */
import type { BackupSchedule } from '../crds/backup-schedule.ts';
import type { Flavor } from '../crds/flavor.ts';
import type { Hypervisor } from '../crds/hypervisor.ts';
import type { HypervisorPool } from '../crds/hypervisor-pool.ts';
import type { Image } from '../crds/image.ts';
import type { ImageStore } from '../crds/image-store.ts';
import type { Instance } from '../crds/instance.ts';
import type { InstanceAction } from '../crds/instance-action.ts';
import type { InstanceSnapshot } from '../crds/instance-snapshot.ts';
import type { Network } from '../crds/network.ts';
import type { Volume } from '../crds/volume.ts';
import { API_GROUP } from '../crds/vocabulary.ts';
import type { Resource } from './kernel/api/resource.ts';

const group = API_GROUP;
const version = 'v1alpha1';

export const INSTANCES: Resource<Instance> = { group, version, kind: 'Instance', plural: 'instances', namespaced: true };
export const INSTANCE_ACTIONS: Resource<InstanceAction> = {
  group,
  version,
  kind: 'InstanceAction',
  plural: 'instanceactions',
  namespaced: true,
};
export const INSTANCE_SNAPSHOTS: Resource<InstanceSnapshot> = {
  group,
  version,
  kind: 'InstanceSnapshot',
  plural: 'instancesnapshots',
  namespaced: true,
};
export const BACKUP_SCHEDULES: Resource<BackupSchedule> = {
  group,
  version,
  kind: 'BackupSchedule',
  plural: 'backupschedules',
  namespaced: true,
};
export const FLAVORS: Resource<Flavor> = { group, version, kind: 'Flavor', plural: 'flavors', namespaced: false };
export const IMAGES: Resource<Image> = { group, version, kind: 'Image', plural: 'images', namespaced: true };
export const IMAGE_STORES: Resource<ImageStore> = { group, version, kind: 'ImageStore', plural: 'imagestores', namespaced: false };
export const NETWORKS: Resource<Network> = { group, version, kind: 'Network', plural: 'networks', namespaced: true };
export const VOLUMES: Resource<Volume> = { group, version, kind: 'Volume', plural: 'volumes', namespaced: true };
export const HYPERVISORS: Resource<Hypervisor> = { group, version, kind: 'Hypervisor', plural: 'hypervisors', namespaced: false };
export const HYPERVISOR_POOLS: Resource<HypervisorPool> = {
  group,
  version,
  kind: 'HypervisorPool',
  plural: 'hypervisorpools',
  namespaced: false,
};
