/** From all kinds to the reference page, docs/reference/api.md. */
import { DURATION_PATTERN } from '../duration.ts';
import type { KindDefinition } from '../schema/resource.ts';
import { fieldsOf, nodesOf, type Field, type SchemaNode } from '../schema/node.ts';
import { API_VERSION } from '../vocabulary.ts';
import { CATEGORY, crdName } from './crd.ts';

const INTRODUCTION = `<!-- Generated from crds/ by "make generate": do not edit. -->

# API reference

All kinds are of \`${API_VERSION}\`. \`kubectl get ${CATEGORY}\` lists them, and \`kubectl explain instance.spec\` says the same as this page.

What every kind has in common:

- The operator writes status and never a spec. Specs have no defaults: an absent field means what its description says. Until the operator has seen an object, its \`status\` is \`observedGeneration: 0\`.
- \`status.conditions\` follow [kstatus](https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md): \`Ready\` is always there once the
  operator has seen the object; \`Reconciling\` (it is being worked on) and \`Stalled\` (it will not get better by itself, and the message says
  what to do) only while true.
- Sizes are quantities: \`16Mi\`, \`1.5Gi\`, \`2G\`, or a bare number of bytes. Durations are \`30s\`, \`10m\`, \`1h30m\`, \`0s\`.
- An object names others by name alone, in its own namespace or of a cluster-scoped kind, and may be applied before what it names exists.
`;

/** The page as Markdown. */
export function referencePage(kinds: readonly KindDefinition[]): string {
  const contents = kinds.map(({ kind, description }) => `- [${kind}](#${kind.toLowerCase()}): ${firstSentence(description)}`).join('\n');
  return `${INTRODUCTION}\n${contents}\n${kinds.map(section).join('')}`;
}

function section(kind: KindDefinition): string {
  const spec = kind.spec as SchemaNode;
  return [
    `\n## ${kind.kind}\n`,
    `${kind.description}\n`,
    `${kind.scope === 'Cluster' ? 'Cluster-scoped' : 'Namespaced'}. Resource \`${crdName(kind)}\`, short \`${kind.shortNames.join('`, `')}\`.${selectors(kind)}\n`,
    `### ${kind.kind} spec\n`,
    table(fieldsOf('spec', spec)),
    rules(kind, spec),
    `\n### ${kind.kind} status\n`,
    table(fieldsOf('status', kind.status)),
    '',
  ].join('\n');
}

function rules(kind: KindDefinition, spec: SchemaNode): string {
  const nodes = [{ path: 'metadata', node: { 'x-kubernetes-validations': kind.rules ?? [] } }, ...nodesOf('spec', spec)];
  const lines = nodes.flatMap(({ path, node }) =>
    (node['x-kubernetes-validations'] ?? []).map(({ message, fieldPath = '' }) => `- \`${path}${fieldPath}\`: ${message}`),
  );
  return lines.length === 0 ? '' : `\nThe API server refuses what breaks one of these rules:\n\n${lines.join('\n')}`;
}

const selectors = ({ selectableFields }: KindDefinition): string =>
  selectableFields.length === 0 ? '' : ` Field selectors: ${selectableFields.map((path) => `\`${path.slice(1)}\``).join(', ')}.`;

/** The root itself is no row. */
function table([, ...fields]: readonly Field[]): string {
  const rows = fields.map(
    ({ path, node, required }) => `| \`${path}\`${required ? ' *' : ''} | ${typeOf(node)} | ${cell(describe(node))} |`,
  );
  return ['| Field (* required) | Type | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function typeOf(node: SchemaNode): string {
  if (node['x-kubernetes-int-or-string']) return 'quantity';
  if (node.items) return `list of ${typeOf(node.items)}`;
  if (node.additionalProperties) return `map of ${typeOf(node.additionalProperties)}`;
  if (node.pattern === DURATION_PATTERN) return 'duration';
  if (node.format === 'date-time') return 'time';
  return node.type ?? '';
}

function describe(node: SchemaNode): string {
  const values = (node.enum ?? node.items?.enum)?.map((value) => `\`${value}\``).join(', ');
  return [node.description ?? '', values === undefined ? '' : `One of ${values}.`, bounds(node)].filter((part) => part !== '').join(' ');
}

function bounds({ type, minimum = 0, maximum, minItems = 0, maxItems, maxProperties }: SchemaNode): string {
  if (type === 'array' && maxItems !== undefined) return minItems > 0 ? `${minItems} to ${maxItems} items.` : `At most ${maxItems} items.`;
  if (maxProperties !== undefined) return `At most ${maxProperties} entries.`;
  if (type === 'integer' && maximum !== undefined) return `From ${minimum} to ${maximum}.`;
  if (type === 'integer' && minimum > 0) return `At least ${minimum}.`;
  return '';
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const firstSentence = (text: string): string => `${text.split('. ')[0]?.replace(/\.$/, '') ?? ''}.`;
