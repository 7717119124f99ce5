/**
 * Events (events.k8s.io/v1) for people: something happened to an object. Only transitions are worth one; the same again
 * becomes a series. Best effort: never waited for, never a reason to fail.
 */
import type { KubeObject } from '../api/object.ts';

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** Why, CamelCase, for machines: `GuestShutdown`. At most 128 characters. */
  readonly reason: string;
  /** What was done or happened, CamelCase: `StartInstance`. At most 128 characters. */
  readonly action: string;
  /** For people, at most 1 kB: cut when longer. Never a secret. */
  readonly note: string;
  /** Another object that has to do with it. */
  readonly related?: KubeObject;
}

export interface EventRecorder {
  /** Returns at once. Call it after the status write that records the same transition. */
  record(regarding: KubeObject, event: EventNote): void;
}
