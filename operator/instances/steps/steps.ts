/** What the step names of a plan mean. */
import { DriverError } from '../../../drivers/labels.ts';
import type { Pass } from '../pass.ts';
import type { StepName, Twin } from '../plan/types.ts';
import { beginAction, endAction, injectNmi } from './action.ts';
import { adoptMark } from './adoption.ts';
import { addFinalizer, claim, claimMachine, follow } from './claim.ts';
import {
  applyFilters,
  discardSavedState,
  pause,
  powerOff,
  restoreFromDisk,
  signalShutdown,
  startPaused,
  suspendToDisk,
  unpause,
} from './power.ts';
import { createExtraDisks, createRootDisk, deleteDisks, ensureBase } from './disks.ts';
import { writeConfigDrive } from './config-drive.ts';
import { capture, endCapture } from './capture.ts';
import { endSwap, swapVolume } from './swap-volume.ts';
import { define, undefine, updateLive } from './define.ts';
import { beginLiveResize, endLiveResize, markAsAsked, resizeLive } from './live-resize.ts';
import { beginOffload, endOffload, endReclaim } from './lifecycle.ts';
import { lookForDisks, lookForTwins } from './look.ts';
import { freezeGuest, recordFreeze, thawGuest, thawOverdue } from './freeze.ts';
import { setGuestPassword, writeGuestFile } from './guest.ts';
import { resetNetwork, writeMetadata, writeNetworkInfo } from './guest-info.ts';
import { readSecrets } from './guest-secrets.ts';
import { proveGone, removeFinalizer, removeLeftovers, retain } from './removal.ts';
import { beginResize, beginRevert, confirmResize, finishResize, finishRevert } from './resize.ts';
import { createResizedDisks, removeResizedDisks, takeOldDisks } from './resized-disks.ts';
import { recordDisks, removeUnusedDisks } from './tidy.ts';
import { createRescueDisk, deleteRescueDisks, enterRescue, leaveRescue } from './rescue.ts';
import { beginRescue, endRescue } from './rescue-record.ts';
import { lookForRescue } from './rescue-makings.ts';
import { deleteRootVolume, findRootVolume } from './root-volume.ts';
import type { Step } from './types.ts';
import { plugVolumes } from './volumes.ts';

export const STEPS: Readonly<Record<StepName, Step>> = {
  'look-for-twins': lookForTwins,
  'look-for-disks': lookForDisks,
  'read-secrets': readSecrets,
  'add-finalizer': addFinalizer,
  claim,
  'claim-machine': (pass) => claimMachine(pass, twinOf(pass)),
  follow: (pass) => follow(pass, twinOf(pass)),
  'remove-leftovers': removeLeftovers,
  'ensure-base': ensureBase,
  'create-root-disk': createRootDisk,
  'find-root-volume': findRootVolume,
  'create-extra-disks': createExtraDisks,
  'write-config-drive': writeConfigDrive,
  define,
  'adopt-mark': adoptMark,
  'start-paused': startPaused,
  'apply-filters': applyFilters,
  unpause,
  'signal-shutdown': signalShutdown,
  'power-off': powerOff,
  pause,
  'suspend-to-disk': suspendToDisk,
  'restore-from-disk': restoreFromDisk,
  'discard-saved-state': discardSavedState,
  'update-live': updateLive,
  'plug-volumes': plugVolumes,
  'begin-live-resize': beginLiveResize,
  'resize-live': resizeLive,
  'end-live-resize': endLiveResize,
  'mark-run': markAsAsked,
  undefine,
  'prove-gone': proveGone,
  'delete-disks': deleteDisks,
  retain,
  'delete-root-volume': deleteRootVolume,
  'remove-finalizer': removeFinalizer,
  'begin-action': beginAction,
  'end-action': endAction,
  'record-disks': recordDisks,
  'remove-unused-disks': removeUnusedDisks,
  'inject-nmi': injectNmi,
  'begin-resize': beginResize,
  'create-resized-disks': createResizedDisks,
  'finish-resize': finishResize,
  'confirm-resize': confirmResize,
  'begin-revert': beginRevert,
  'take-old-disks': takeOldDisks,
  'remove-resized-disks': removeResizedDisks,
  'finish-revert': finishRevert,
  'set-guest-password': setGuestPassword,
  'write-guest-file': writeGuestFile,
  'write-network-info': writeNetworkInfo,
  'write-metadata': writeMetadata,
  'reset-network': resetNetwork,
  'record-freeze': recordFreeze,
  'freeze-guest': freezeGuest,
  'thaw-guest': thawGuest,
  'thaw-overdue': thawOverdue,
  capture,
  'end-capture': endCapture,
  'swap-volume': swapVolume,
  'end-swap': endSwap,
  'look-for-rescue': lookForRescue,
  'begin-rescue': beginRescue,
  'create-rescue-disk': createRescueDisk,
  'enter-rescue': enterRescue,
  'leave-rescue': leaveRescue,
  'delete-rescue-disks': deleteRescueDisks,
  'end-rescue': endRescue,
  'end-reclaim': endReclaim,
  'begin-offload': beginOffload,
  'end-offload': endOffload,
};

/** The machine that the plan is about. */
function twinOf({ plan }: Pass): Twin {
  const { twin } = plan;
  if (twin === undefined) throw new DriverError('Conflict', 'the plan names no machine', { reason: 'Unplanned' });
  return twin;
}
