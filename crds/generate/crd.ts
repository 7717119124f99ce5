/** From a kind to its CustomResourceDefinition. */
import { Document, visit } from 'yaml';
import type { Column, KindDefinition } from '../schema/resource.ts';
import { API_GROUP, API_VERSION } from '../vocabulary.ts';

/** Above it `kubectl apply` and etcd are near their limits, and `kubectl explain` is no longer read. */
export const MAX_CRD_BYTES = 100_000;
/** What `kubectl get hostler` lists. */
export const CATEGORY = 'hostler';

const MAX_LINE = 110;

const VERSION = API_VERSION.slice(API_GROUP.length + 1);

export const crdName = (kind: KindDefinition): string => `${kind.plural}.${API_GROUP}`;

export function crdOf(kind: KindDefinition) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName(kind) },
    spec: {
      group: API_GROUP,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: kind.shortNames,
        categories: [CATEGORY],
      },
      scope: kind.scope,
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns.map(columnOf),
          ...(kind.selectableFields.length > 0 && { selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}

/** The CRD as text, the same for the same kind. Throws when it has grown too large. */
export function crdYaml(kind: KindDefinition): string {
  // Through JSON: the schemas carry marks of the schema library that are none of the API server's business.
  const plain: unknown = JSON.parse(JSON.stringify(crdOf(kind)));
  const yaml = `# Generated from crds/ by "make generate": do not edit.\n${compact(plain)}`;
  const size = Buffer.byteLength(yaml);
  if (size > MAX_CRD_BYTES) throw new RangeError(`the CRD of ${kind.kind} has ${size} bytes, more than ${MAX_CRD_BYTES}`);
  return yaml;
}

/** YAML in which what is short stands on one line: of deep schemas half the bytes would be indentation. */
function compact(plain: unknown): string {
  const document = new Document(plain, { aliasDuplicateObjects: false });
  visit(document, {
    Collection: (_, node) => {
      if (JSON.stringify(node).length <= MAX_LINE) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 140, indentSeq: false, flowCollectionPadding: false });
}

/** The one default there is: generations begin with 1, and kstatus takes an object without a status for done (docs/adr/0011). */
const UNSEEN = { observedGeneration: 0 };

function objectSchema(kind: KindDefinition) {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: kind.spec,
      status: { ...kind.status, default: UNSEEN },
    },
    ...(kind.rules && { 'x-kubernetes-validations': kind.rules }),
  };
}

function columnOf({ name, type, jsonPath, priority, description }: Column) {
  return { name, type, ...(description !== undefined && { description }), jsonPath, ...(priority !== undefined && { priority }) };
}
