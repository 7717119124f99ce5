/** What is different where the root disk is a Volume: it is found instead of made, and it stays, or goes as an object. */
import type { StepName, World } from './types.ts';

/** Before a machine is defined for the first time. */
export const rootDiskSteps = ({ desired }: World): readonly StepName[] =>
  desired.rootVolume === undefined ? ['ensure-base', 'create-root-disk'] : ['find-root-volume'];

/** After the machine and what was made for it. The Volume is deleted while the Instance still holds it: it goes once that is gone. */
export const rootVolumeEnds = ({ desired }: World): readonly StepName[] =>
  desired.rootVolume?.isDeleted === true && desired.deletionPolicy === 'Delete' ? ['delete-root-volume'] : [];
