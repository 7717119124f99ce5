/** What every schema of the API must hold to: structural, bounded, without defaults, and explained. (That of status is the CRD's.) */
import { describe, expect, test } from '@jest/globals';
import { KINDS } from './kinds.ts';
import { conditions } from './schema/condition.ts';
import { fieldsOf, nodesOf, type SchemaNode } from './schema/node.ts';
import type { KindDefinition } from './schema/resource.ts';

/** Values that belong to others keep their spelling. */
const NAMES_OF_OTHERS = new Set([
  'qcow2',
  'raw',
  'vhd',
  'libvirt',
  'fake',
  'root',
  'config',
  'ephemeral',
  'swap',
  'rescue',
  'virtio',
  'e1000',
  'e1000e',
  'rtl8139',
  'iso9660',
  'vfat',
]);
const ALLOWED_KEYS = new Set([
  'type',
  'description',
  'properties',
  'required',
  'additionalProperties',
  'maxProperties',
  'items',
  'minItems',
  'maxItems',
  'enum',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'anyOf',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
]);

const roots = (kind: KindDefinition) => [...nodesOf(`${kind.kind}.spec`, kind.spec), ...nodesOf(`${kind.kind}.status`, kind.status)];
const everyNode = KINDS.flatMap(roots);
const everyField = KINDS.flatMap((kind) => [...fieldsOf('spec', kind.spec), ...fieldsOf('status', kind.status)]);

/** The paths of the nodes that break a rule; a good API has none. */
const breaking = (breaks: (node: SchemaNode) => boolean): readonly string[] =>
  everyNode.filter(({ node }) => breaks(node)).map(({ path }) => path);
const lists = (breaks: (node: SchemaNode) => boolean): readonly string[] => breaking((node) => node.type === 'array' && breaks(node));
const isMap = (node: SchemaNode): boolean => node.additionalProperties !== undefined;
const isBounded = (node: SchemaNode): boolean => node.maxLength !== undefined || node.enum !== undefined || node.format === 'date-time';
const isOurs = (value: string): boolean => /^[A-Z][A-Za-z]+$/.test(value) || NAMES_OF_OTHERS.has(value);
const isIntOrString = (node: SchemaNode): boolean => node['x-kubernetes-int-or-string'] === true;

test('nothing but what a structural schema may hold, and no defaults', () => {
  expect(breaking((node) => Object.keys(node).some((key) => !ALLOWED_KEYS.has(key)))).toEqual([]);
});

test('a type on every node; alternatives only for quantities', () => {
  expect(breaking((node) => (node.type === undefined) !== isIntOrString(node))).toEqual([]);
  expect(breaking((node) => 'anyOf' in node && !isIntOrString(node))).toEqual([]);
});

test('an object has named properties or values of a bounded map, not both and not neither', () => {
  expect(breaking((node) => node.type === 'object' && (node.properties !== undefined) === isMap(node))).toEqual([]);
  expect(breaking((node) => isMap(node) && node.maxProperties === undefined)).toEqual([]);
});

test('a list is bounded and says how it is merged', () => {
  expect(lists((node) => node.maxItems === undefined)).toEqual([]);
  expect(lists((node) => node['x-kubernetes-list-type'] === undefined)).toEqual([]);
  expect(
    lists(({ 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys, items }) =>
      listType === 'map' ? !keys?.every((key) => items?.required?.includes(key)) : keys !== undefined,
    ),
  ).toEqual([]);
  expect(lists((node) => node['x-kubernetes-list-type'] === 'set' && node.items?.type !== 'string')).toEqual([]);
});

test('a string is bounded', () => {
  expect(breaking((node) => (node.type === 'string' || isIntOrString(node)) && !isBounded(node))).toEqual([]);
});

test('a pattern is anchored, as the API server looks for a match anywhere', () => {
  expect(breaking(({ pattern }) => pattern !== undefined && !(pattern.startsWith('^') && pattern.endsWith('$')))).toEqual([]);
});

test('a number has a width and is not negative', () => {
  expect(breaking((node) => node.type === 'integer' && (node.format === undefined || (node.minimum ?? -1) < 0))).toEqual([]);
});

test('values of enums are CamelCase', () => {
  expect(breaking((node) => node.enum?.some((value) => !isOurs(value)) ?? false)).toEqual([]);
});

test('names of fields are camelCase', () => {
  const names = everyField.map(({ path }) => path.split('.').at(-1) ?? '');
  expect(names.filter((name) => !/^[a-z][A-Za-z0-9]*$/.test(name))).toEqual([]);
});

test('every field is explained in sentences', () => {
  const unexplained = everyField.filter(({ node }) => !/^[A-Z"].*[.]$/s.test(node.description ?? ''));
  expect(unexplained.map(({ path }) => path)).toEqual([]);
});

test('an optional field of a spec that decides something says what its absence means', () => {
  const silent = KINDS.flatMap((kind) => fieldsOf(kind.kind, kind.spec)).filter(
    ({ node, required }) => !required && (node.enum !== undefined || node.type === 'boolean') && !node.description?.includes('Absent'),
  );
  expect(silent.map(({ path }) => path)).toEqual([]);
});

describe.each(KINDS)('$kind', (kind) => {
  const below = (path: string): SchemaNode | undefined => {
    const [, root, ...names] = path.split('.');
    const start: SchemaNode | undefined = root === 'spec' ? kind.spec : kind.status;
    return names.reduce<SchemaNode | undefined>((node, name) => node?.properties?.[name], start);
  };

  test('has conditions by type and the generation they are for', () => {
    const { properties } = kind.status as SchemaNode;
    expect(properties?.['conditions']).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
    expect(properties?.['conditions']?.items).toEqual(conditions('').items);
    expect(properties?.['observedGeneration']).toMatchObject({ format: 'int64' });
  });

  test('requires nothing of a status, so that it can be written bit by bit', () => {
    expect((kind.status as SchemaNode).required).toBeUndefined();
  });

  test('selects by scalar fields that exist, at most eight', () => {
    expect(kind.selectableFields.filter((path) => below(path)?.type !== 'string')).toEqual([]);
    expect(kind.selectableFields.length).toBeLessThanOrEqual(8);
  });

  test('shows columns of fields that exist, the age last of the narrow ones', () => {
    const narrow = kind.columns.filter(({ priority }) => priority === undefined);
    expect(narrow.at(-1)?.name).toBe('Age');
    const plain = kind.columns.filter(({ jsonPath }) => /^\.(spec|status)[.A-Za-z]*$/.test(jsonPath));
    expect(plain.filter(({ jsonPath }) => below(jsonPath) === undefined)).toEqual([]);
  });
});

test('names and short names are unique', () => {
  const names = KINDS.flatMap(({ kind, plural, shortNames }) => shortNames.concat(kind.toLowerCase(), plural));
  expect(new Set(names).size).toBe(names.length);
});
