/** All kinds, in the order of the reference page. */
import { backupScheduleKind } from './backup-schedule.ts';
import { flavorKind } from './flavor.ts';
import { hypervisorKind } from './hypervisor.ts';
import { hypervisorPoolKind } from './hypervisor-pool.ts';
import { imageKind } from './image.ts';
import { imageStoreKind } from './image-store.ts';
import { instanceActionKind } from './instance-action.ts';
import { instanceSnapshotKind } from './instance-snapshot.ts';
import { instanceKind } from './instance.ts';
import { networkKind } from './network.ts';
import type { KindDefinition } from './schema/resource.ts';
import { volumeKind } from './volume.ts';

export const KINDS: readonly KindDefinition[] = [
  instanceKind,
  instanceActionKind,
  instanceSnapshotKind,
  backupScheduleKind,
  flavorKind,
  imageKind,
  imageStoreKind,
  networkKind,
  volumeKind,
  hypervisorKind,
  hypervisorPoolKind,
];
