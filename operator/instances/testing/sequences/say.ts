/** Edits and actions as operations. */
import type { InstanceActionSpec } from '../../../../crds/instance-action.ts';
import type { Edit, Play } from './play.ts';

export type Operation = (play: Play) => Promise<void> | void;

export const edit =
  (spec: Edit): Operation =>
  (play) =>
    play.edit(spec);

export const act =
  (spec: Partial<InstanceActionSpec>): Operation =>
  (play) =>
    play.act(spec);
