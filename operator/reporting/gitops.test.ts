/** What Argo CD makes of our conditions by the health check of docs/gitops.md, and what kstatus (Flux) does: both as the page says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LuaEngine, LuaFactory } from 'wasmoon';
import { parse } from 'yaml';
import { KINDS } from '../../crds/kinds.ts';
import { replaceConditions } from '../kernel/status/conditions.ts';
import { type Readiness, readinessConditions } from './readiness.ts';
import { kstatus, type Judged } from './testing/kstatus.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/gitops.md'), 'utf8');
const configMap = parse(/```yaml\n(apiVersion: v1\nkind: ConfigMap\n[^`]*)```/.exec(page)?.[1] ?? '') as {
  readonly data: Readonly<Record<string, string>>;
};
const checks = parse(configMap.data['resource.customizations'] ?? '') as Readonly<Record<string, { readonly 'health.lua': string }>>;
const [[pattern, check] = ['', undefined]] = Object.entries(checks);

let lua: LuaEngine;
beforeAll(async () => {
  // As Argo CD does, with the libraries base and table alone.
  lua = await new LuaFactory().createEngine({ openStandardLibs: true });
  await lua.doString('string, io, os, math, utf8, coroutine, debug, package, require = nil');
});
afterAll(() => lua.global.close());

/** A value as Lua writes it: lists begin with 1. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(',')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => `[${JSON.stringify(key)}]=${literal(field)}`);
  return `{${fields.join(',')}}`;
}

async function health(object: Judged): Promise<string> {
  const found = (await lua.doString(
    `obj = ${literal(object)}\nlocal hs = (function()\n${check?.['health.lua'] ?? ''}\nend)()\nreturn hs.status .. ' ' .. hs.message`,
  )) as string;
  return found;
}

const judged = (readiness: Readiness, over: Partial<Judged> = {}): Judged => ({
  metadata: { generation: 2 },
  status: { observedGeneration: 2, conditions: replaceConditions([], readinessConditions(readiness), { now: 0, generation: 2 }) },
  ...over,
});
const readiness = (kind: Readiness['kind'], reason: string, message = ''): Readiness => ({ kind, reason, message });
const fine = judged(readiness('Settled', 'Running'));
const disabled: Judged = {
  ...fine,
  status: {
    observedGeneration: 2,
    conditions: [
      { type: 'Ready', status: 'Unknown', reason: 'Disabled', message: 'not looked at' },
      { type: 'Stalled', status: 'True', reason: 'Disabled', message: 'not looked at' },
    ],
  },
};

test.each<[string, Judged, string, string]>([
  ['as asked', fine, 'Current', 'Healthy Running'],
  [
    'work under way',
    judged(readiness('Waiting', 'ImageNotFound', 'waits until Image x exists')),
    'InProgress',
    'Progressing ImageNotFound: waits until Image x exists',
  ],
  [
    'a host that does not answer',
    judged(readiness('Silent', 'HostUnreachable', 'no "route"')),
    'InProgress',
    'Progressing HostUnreachable: no "route"',
  ],
  ['stuck', judged(readiness('Stuck', 'ChecksumMismatch', 'is 1, not 2')), 'Failed', 'Degraded ChecksumMismatch: is 1, not 2'],
  ['left alone as asked', disabled, 'Failed', 'Suspended Disabled: not looked at'],
  ['a change not seen yet', { ...fine, metadata: { generation: 3 } }, 'InProgress', 'Progressing Waits for the operator'],
  [
    'being deleted',
    { ...fine, metadata: { generation: 2, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['hostler.dev/instance-cleanup'] } },
    'Terminating',
    'Progressing Is being deleted; held by hostler.dev/instance-cleanup: ',
  ],
])('%s', async (_, object, ofFlux, ofArgo) => {
  expect([kstatus(object), await health(object)]).toEqual([ofFlux, ofArgo]);
});

test.each<[string, Judged]>([
  ['as the CRD has it', { metadata: { generation: 1 }, status: { observedGeneration: 0 } }],
  ['without any status', { metadata: { generation: 1 } }],
])('what the operator has not seen yet is not taken for done: %s', async (_, object) => {
  expect(await health(object)).toBe('Progressing Waits for the operator');
  // kstatus is the reason why the CRDs give a status.
  expect(kstatus(object)).toBe(object.status === undefined ? 'Current' : 'InProgress');
});

test('the check is for every kind', () => {
  expect(pattern).toBe('hostler.dev/*');
  expect(KINDS).not.toHaveLength(0);
});
