/** CEL validations. */

/**
 * One validation. It belongs on the smallest node that holds all it looks at: the API server skips the rules of what a
 * change leaves as it was, so that a rule of today does not lock an object of yesterday. Rules that name `oldSelf` are
 * checked on changes only.
 */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  /** Below the schema that carries the rule, where the message should point. */
  readonly fieldPath?: string;
}

/** The keyword, for spreading into a schema; nothing when there are no rules. */
export const checkedBy = (rules: readonly Rule[]) => (rules.length === 0 ? {} : { 'x-kubernetes-validations': rules });

/** The value stays as it was first written. For fields that are required: an optional one could be dropped and set again. */
export const unchanged = (message: string): Rule => ({ rule: 'self == oldSelf', message });
