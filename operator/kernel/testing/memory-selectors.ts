/** Label and field selectors, as far as tests need them: `a=b`, `a!=b`, `a`, joined by commas. */
import type { KubeObject } from '../api/object.ts';

export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export function isSelected(object: KubeObject, { namespace, labelSelector, fieldSelector }: Selection): boolean {
  return (
    (namespace === undefined || object.metadata.namespace === namespace) &&
    terms(labelSelector).every((term) => holds(term, (key) => object.metadata.labels?.[key])) &&
    terms(fieldSelector).every((term) => holds(term, (path) => fieldOf(object, path)))
  );
}

const terms = (selector: string | undefined): readonly string[] => (selector === undefined || selector === '' ? [] : selector.split(','));

function holds(term: string, valueOf: (key: string) => string | undefined): boolean {
  const [, key = '', operator, value] = /^([^=!]+)(!=|==?)?(.*)$/.exec(term) ?? [];
  const found = valueOf(key);
  if (operator === undefined) return found !== undefined;
  return operator === '!=' ? found !== value : found === value;
}

function fieldOf(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[step];
  return typeof value === 'string' ? value : '';
}
