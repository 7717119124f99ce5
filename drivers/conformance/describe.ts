/**
 * The contract, checked: lists every case as a jest test against a driver.
 *
 *   describeConformance({ name: 'fake', capabilities, machineIds: 'Chosen', cannot: [], start });
 */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Capability } from '../contract.ts';
import {
  discardSavedState,
  freezeGuest,
  injectNmi,
  pause,
  resetGuestNetwork,
  resizeLive,
  restoreFromDisk,
  setGuestPassword,
  signalShutdown,
  suspendToDisk,
  thawGuest,
  updateLive,
  writeGuestFile,
} from './acts/machine.ts';
import { readConsoleLog, takeScreenshot } from './acts/insight.ts';
import { mergeDisk } from './acts/merging.ts';
import { readGuest } from './acts/reading.ts';
import { endSwap, swapVolume } from './acts/swap.ts';
import { forgetSecret, keepSecret } from './acts/volumes.ts';
import type { Case } from './case.ts';
import { captureCases } from './cases/capture.ts';
import { copyingCases } from './cases/copying.ts';
import { definitionCases } from './cases/definition.ts';
import { driftCases } from './cases/drift.ts';
import { existingCases } from './cases/existing.ts';
import { hardwareCases, refusedHardware } from './cases/hardware.ts';
import { guestCases } from './cases/guest.ts';
import { insightCases } from './cases/insight.ts';
import { imageCases } from './cases/images.ts';
import { liveResizeCases } from './cases/live-resize.ts';
import { mergingCases } from './cases/merging.ts';
import { observationCases } from './cases/observation.ts';
import { ownershipCases } from './cases/ownership.ts';
import { powerCases } from './cases/power.ts';
import { storageCases } from './cases/storage.ts';
import { swapCases } from './cases/swap.ts';
import { volumeCases } from './cases/volumes.ts';
import { waitingCases } from './cases/waiting.ts';
import { GIVEN_NEEDS } from './given.ts';
import type { HarnessDescription } from './harness.ts';
import { runCase } from './run.ts';
import type { Stage } from './scene.ts';

const TOPICS = {
  power: powerCases,
  ownership: ownershipCases,
  definition: definitionCases,
  storage: storageCases,
  images: imageCases,
  capture: captureCases,
  merging: mergingCases,
  observation: observationCases,
  drift: driftCases,
  'live resize': liveResizeCases,
  volumes: volumeCases,
  'existing disks': existingCases,
  'whole copies': copyingCases,
  swaps: swapCases,
  hardware: hardwareCases,
  guests: guestCases,
  insight: insightCases,
  waiting: waitingCases,
} as const satisfies Readonly<Record<string, readonly Case[]>>;

export type Topic = keyof typeof TOPICS;

/** Where all of them take long, some cases run on one host and the others on another, side by side. */
export type Share = { readonly only: readonly Topic[] } | { readonly except: readonly Topic[] };

const NEEDS_CAPABILITY = [
  signalShutdown,
  pause,
  injectNmi,
  suspendToDisk,
  restoreFromDisk,
  discardSavedState,
  updateLive('nothing', () => ({})),
  resizeLive('one CPU', () => ({ vcpus: 1, memoryBytes: 1 })),
  readGuest,
  setGuestPassword(),
  writeGuestFile(),
  freezeGuest,
  thawGuest,
  resetGuestNetwork,
  readConsoleLog(),
  takeScreenshot,
  swapVolume('data', 'other'),
  endSwap('data'),
  keepSecret('x'),
  forgetSecret,
  mergeDisk('root'),
];

const START_MS = 120_000;

export function describeConformance(description: HarnessDescription, share: Share = { except: [] }): void {
  const { name, capabilities, caseTimeoutMs = 30_000 } = description;
  describe(`${name} keeps the driver contract`, () => {
    let stage: Stage | undefined;
    const started = (): Stage => {
      if (stage === undefined) throw new Error('the host of the cases did not start');
      return stage;
    };
    beforeAll(async () => {
      stage = await setStage(description);
    }, START_MS);
    afterAll(async () => stage && strike(stage), START_MS);

    test('it declares what it can do', () => {
      const driver = started().harness.open();
      expect(driver.capabilities).toEqual(capabilities);
      expect(driver.imageFormats).toContain(started().harness.image.format);
    });
    for (const [topic, cases] of casesOf(share, description)) {
      describe(`about ${topic}`, () => {
        const rows = cases.map((one) => ({ title: titleOf(one), one, lacks: lackOf(description, one) }));
        const playable = rows.filter(({ lacks }) => lacks === undefined);
        const skipped = rows.filter(({ lacks }) => lacks !== undefined);
        if (playable.length > 0) test.each(playable)('$title', async ({ one }) => runCase(started(), one), caseTimeoutMs);
        // oxlint-disable-next-line jest/no-disabled-tests -- what cannot be checked on a host is listed, not hidden
        if (skipped.length > 0) test.skip.each(skipped)('$title ($lacks)', () => undefined);
      });
    }
  });
}

function casesOf(share: Share, { capabilities, lacks = [] }: HarnessDescription): readonly (readonly [string, readonly Case[]])[] {
  const isOurs = ([topic]: readonly [string, unknown]): boolean =>
    'only' in share ? share.only.some((one) => one === topic) : !share.except.some((one) => one === topic);
  const all: readonly (readonly [string, readonly Case[]])[] = [
    ...Object.entries(TOPICS),
    ['unsupported', [...unsupportedCases(capabilities), ...refusedHardware(lacks)]],
  ];
  return all.filter(isOurs);
}

/** The shared base image is there before the first case. */
async function setStage(description: HarnessDescription): Promise<Stage> {
  const harness = await description.start();
  const stage: Stage = { description, harness, baseKey: `conformance-${randomUUID().slice(0, 8)}` };
  await onDriver(stage, async (driver, call) => {
    const { format, content, virtualSizeBytes } = harness.image;
    const verified = () => ({ sha256: createHash('sha256').update(content).digest('hex'), sizeBytes: content.length, virtualSizeBytes });
    await driver.importBase({ pool: harness.pool, key: stage.baseKey, format, sizeBytes: content.length, verified }, inOne(content), call);
  });
  return stage;
}

async function strike(stage: Stage): Promise<void> {
  try {
    await onDriver(stage, (driver, call) => driver.deleteBase(stage.harness.pool, stage.baseKey, call));
  } finally {
    await stage.harness.close();
  }
}

type OpenDriver = ReturnType<Stage['harness']['open']>;

async function onDriver(
  stage: Stage,
  work: (driver: OpenDriver, call: Parameters<OpenDriver['connect']>[0]) => Promise<unknown>,
): Promise<void> {
  const driver = stage.harness.open();
  const call = { signal: new AbortController().signal, timeoutMs: START_MS };
  await driver.connect(call);
  try {
    await work(driver, call);
  } finally {
    await driver.close();
  }
}

async function* inOne(content: Uint8Array): AsyncIterable<Uint8Array> {
  yield content;
}

function titleOf({ name, given, when, outcome }: Case): string {
  const fails = outcome.fails === undefined ? '' : ` -> ${outcome.fails.reason ?? outcome.fails.label}`;
  return `${given}: ${when.map((act) => act.name).join(', ')}${fails}${name === undefined ? '' : ` - ${name}`}`;
}

/** Why the case cannot be run here; undefined: it can. */
function lackOf(description: HarnessDescription, { needs, asks, ids, copying, given, when }: Case): string | undefined {
  const { capabilities, cannot, lacks = [], machineIds, copies } = description;
  if (asks !== undefined && lacks.includes(asks)) return `the host lacks ${asks}`;
  if (ids === 'Chosen' && machineIds !== 'Chosen') return 'ids are not chosen';
  if (copying && copies !== true) return 'there is no pool of whole copies';
  if (given === 'Foreign' && cannot.includes('makeForeignMachine')) return 'nobody can do makeForeignMachine';
  const hand = when.flatMap(({ hands = [] }) => hands).find((name) => cannot.includes(name));
  if (hand !== undefined) return `nobody can do ${hand}`;
  const wanted = [needs, GIVEN_NEEDS[given], ...when.map((act) => act.needs)].flatMap((capability) => capability ?? []);
  const missing = wanted.find((capability) => !capabilities.has(capability));
  return missing === undefined ? undefined : `needs ${missing}`;
}

function unsupportedCases(capabilities: ReadonlySet<Capability>): readonly Case[] {
  return NEEDS_CAPABILITY.flatMap(({ needs, ...act }): readonly Case[] => {
    if (needs === undefined || capabilities.has(needs)) return [];
    return [{ name: `without ${needs}`, given: 'Stopped', when: [act], outcome: { fails: { label: 'Unsupported' } } }];
  });
}
