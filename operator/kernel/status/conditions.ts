/**
 * Conditions (metav1.Condition) as values: pure helpers that build the next list from the last.
 *
 * lastTransitionTime moves only when `status` changes. Every condition carries the generation it was judged on.
 * Abnormal-true ones (Reconciling, Stalled) are removed when they do not hold, never set False.
 */
import { cutBytes } from '../events/text.ts';

/** The API takes 32 KiB; nobody reads as much, and what a hypervisor said may be megabytes. */
const MAX_MESSAGE_BYTES = 4_096;

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  /** CamelCase, never empty. */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339, whole seconds. */
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** A condition as a controller states it; times and generation are added. */
export interface ConditionInput {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  /** Absent: empty. */
  readonly message?: string;
}

/** When and on what the conditions were judged. */
export interface Judgement {
  /** Epoch milliseconds. */
  readonly now: number;
  /** `metadata.generation` of the object that was looked at. */
  readonly generation: number;
}

/** RFC 3339 in whole seconds, as metav1.Time is written. */
export const timestamp = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, 19)}Z`;

/** Sets one condition; the others, and the order, stay. */
export function setCondition(conditions: readonly Condition[], input: ConditionInput, judged: Judgement): readonly Condition[] {
  const next = toCondition(
    conditions.find(({ type }) => type === input.type),
    input,
    judged,
  );
  return conditions.some(({ type }) => type === input.type)
    ? conditions.map((condition) => (condition.type === input.type ? next : condition))
    : [...conditions, next];
}

export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.some((condition) => condition.type === type) ? conditions.filter((condition) => condition.type !== type) : conditions;
}

/**
 * The whole list anew: exactly the conditions stated, in the order they had, new ones last. What is not stated is
 * removed: this is how abnormal-true conditions end.
 */
export function replaceConditions(
  previous: readonly Condition[],
  stated: readonly ConditionInput[],
  judged: Judgement,
): readonly Condition[] {
  const known = new Map(previous.map((condition) => [condition.type, condition]));
  const position = new Map(previous.map(({ type }, at) => [type, at]));
  const at = (type: string): number => position.get(type) ?? previous.length;
  return stated.map((input) => toCondition(known.get(input.type), input, judged)).sort((a, b) => at(a.type) - at(b.type));
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

function toCondition(previous: Condition | undefined, input: ConditionInput, { now, generation }: Judgement): Condition {
  return {
    type: input.type,
    status: input.status,
    reason: input.reason,
    message: cutBytes(input.message ?? '', MAX_MESSAGE_BYTES),
    lastTransitionTime: previous?.status === input.status ? previous.lastTransitionTime : timestamp(now),
    observedGeneration: generation,
  };
}
