/** A node of a schema as the generator and the tests walk it: plain JSON schema with Kubernetes' own keywords. */
import type { Rule } from './rule.ts';

export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode;
  readonly maxProperties?: number;
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

export interface Field {
  /** As `kubectl explain` takes it, with `[]` after lists and `.*` for the values of maps: `spec.networks[].name`. */
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** Every field below a node, parents before children, in the order of the schema. */
export function fieldsOf(path: string, node: SchemaNode, required = true): readonly Field[] {
  return [{ path, node, required }, ...below(path, node)];
}

function below(path: string, node: SchemaNode): readonly Field[] {
  if (node.items) return below(`${path}[]`, node.items);
  if (node.additionalProperties) return below(`${path}.*`, node.additionalProperties);
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    fieldsOf(`${path}.${name}`, child, node.required?.includes(name) ?? false),
  );
}

/** Every node, also those without a name of their own: items of lists and values of maps. */
export function nodesOf(path: string, node: SchemaNode): readonly { readonly path: string; readonly node: SchemaNode }[] {
  return [
    { path, node },
    ...(node.items ? nodesOf(`${path}[]`, node.items) : []),
    ...(node.additionalProperties ? nodesOf(`${path}.*`, node.additionalProperties) : []),
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => nodesOf(`${path}.${name}`, child)),
  ];
}
