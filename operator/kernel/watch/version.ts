/**
 * Comparing resourceVersions. Since Kubernetes 1.35 they are integers of any length that may be compared within one kind.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
const INTEGER = /^[1-9][0-9]*$|^0$/;

/** Below, at or above 0 as `a` is older, the same or newer; undefined when they cannot be compared. */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!INTEGER.test(a) || !INTEGER.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}
