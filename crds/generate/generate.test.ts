import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { flavorKind } from '../flavor.ts';
import { KINDS } from '../kinds.ts';
import type { KindDefinition } from '../schema/resource.ts';
import { crdOf, crdYaml, MAX_CRD_BYTES } from './crd.ts';
import { referencePage } from './reference.ts';

test.each(KINDS)('the CRD of $kind is small, and nothing is lost on the way into YAML', (kind) => {
  const yaml = crdYaml(kind);
  expect(Buffer.byteLength(yaml)).toBeLessThan(MAX_CRD_BYTES);
  expect(parse(yaml)).toEqual(JSON.parse(JSON.stringify(crdOf(kind))));
});

test('a CRD that has grown too large is refused', () => {
  const bloated: KindDefinition = { ...flavorKind, description: 'x'.repeat(MAX_CRD_BYTES) };
  expect(() => crdYaml(bloated)).toThrow('more than 100000');
});

test('the reference names every field and every rule', () => {
  const page = referencePage([flavorKind]);
  expect(page).toContain('| `spec.memory` * | quantity | Memory, at least 1Mi. |');
  expect(page).toContain('| `status.conditions[].type` * | string |');
  expect(page).toContain('- `spec.memory`: memory must be at least 1Mi');
});

test('what is in the repository is what the schemas make', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../generate.ts'), '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
