/** Plays one case: arranges the world, acts, and compares what is there then with what the case expects. */
import { expect } from '@jest/globals';
import { DriverError } from '../labels.ts';
import type { Case, Expected } from './case.ts';
import { arrange } from './given.ts';
import { Scene, type Stage } from './scene.ts';

export async function runCase(stage: Stage, one: Case): Promise<void> {
  const scene = await Scene.open(stage);
  const played = await settled(play(scene, one));
  const closed = await settled(scene.close());
  // A failure of the case says more than one of the cleaning up after it.
  for (const outcome of [played, closed]) if ('error' in outcome) throw outcome.error;
}

async function play(scene: Scene, { given, when, outcome: expected }: Case): Promise<void> {
  await arrange(scene, given);
  scene.events.length = 0;
  const last = when.at(-1);
  for (const act of when.slice(0, -1)) await act.run(scene);
  const outcome = await settled(last?.run(scene));
  if (expected.fails === undefined && 'error' in outcome) throw outcome.error;
  if (expected.fails !== undefined) expect(failureOf(outcome)).toMatchObject(expected.fails);
  if (expected.answer !== undefined) expectAnswer(outcome, expected.answer(scene));
  await expectWorld(scene, expected);
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

async function settled(running: Promise<unknown> | undefined): Promise<Outcome> {
  try {
    return { value: await running };
  } catch (error) {
    return { error };
  }
}

function failureOf(outcome: Outcome): unknown {
  if ('value' in outcome) return 'it succeeded';
  return outcome.error instanceof DriverError ? { label: outcome.error.label, reason: outcome.error.reason } : outcome.error;
}

function expectAnswer(outcome: Outcome, answer: unknown): void {
  const value = 'value' in outcome ? outcome.value : outcome.error;
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) expect(value).toMatchObject(answer);
  else expect(value).toEqual(answer);
}

async function expectWorld(scene: Scene, { machine, disks, base, events }: Expected): Promise<void> {
  for (const kind of events ?? []) await scene.heard(kind);
  if (machine === 'Gone') expect(await scene.seen()).toBeUndefined();
  else if (machine !== undefined) expect(projected(await scene.seen(), machine)).toEqual(machine);
  if (disks !== undefined) {
    const there = await (await scene.witness()).listDisks({ pools: [scene.pool], namePrefix: scene.name }, scene.call());
    const found = Object.fromEntries(there.map(({ name, capacityBytes }) => [name.slice(scene.name.length + 1), capacityBytes]));
    expect(projected(found, disks)).toEqual(disks);
  }
  if (base !== undefined) {
    const found = await (await scene.witness()).findBase(scene.pool, scene.baseKey, scene.call());
    if (base !== 'Missing') expect(found).toMatchObject(base);
    else expect({ found, traces: await tracesOfBase(scene) }).toEqual({ found: undefined, traces: 0 });
  }
}

/** None are known where nobody can look. */
function tracesOfBase(scene: Scene): Promise<number> {
  const blind = scene.stage.description.cannot.includes('traces');
  return blind ? Promise.resolve(0) : scene.host.traces(scene.pool, scene.baseKey);
}

/** Only what is asked for; what is not there is undefined. */
function projected(seen: unknown, asked: object): unknown {
  if (typeof seen !== 'object' || seen === null) return seen;
  const entries = Object.entries(asked).map(([key, value]: [string, unknown]) => {
    const found = (seen as Readonly<Record<string, unknown>>)[key];
    return [key, typeof value === 'object' && value !== null ? projected(found, value) : found];
  });
  return Object.fromEntries(entries);
}
