import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { viewDomain } from '../domain/view.ts';
import { markForMetadataCall } from '../mark.ts';
import { ownTime } from '../time.ts';
import { attribute, child, children, parseXml } from '../xml.ts';
import { startPaused } from './start.ts';

const recorded = readFileSync(new URL('../domain/testdata/ours-inactive.xml', import.meta.url), 'utf8');
const uuid = '3d6f0b9a-6a4e-4f5e-9d5c-1c2b3a4d5e6f';
const target = { machineId: uuid, clusterId: 'c-1', uid: uuid };
const mark = { clusterId: 'c-1', namespace: 'team-a', name: 'web-1', uid: uuid, role: 'main' } as const;

/** Off, ours, on a file system that starts only without direct I/O. */
function host(failure: string) {
  const done: string[] = [];
  const domains = {
    lookupByUuid: async () => ({ uuid, name: 'web-1', id: -1 }),
    state: async () => ({ state: 5, reason: 0 }),
    isPersistent: async () => true,
    hasManagedSave: async () => false,
    metadata: async () => markForMetadataCall(mark),
    jobInfo: async () => ({ type: 0 }),
    setMetadata: async (_domain: unknown, { value }: { readonly value: string }) =>
      void done.push(`mark ${/operation="(.*?)"/.exec(value)?.[1] ?? ''} ${/runId="(.*?)"/.exec(value)?.[1] ?? ''}`),
    xml: async () => recorded,
    define: async (xml: string) => {
      const disks = children(child(parseXml('domain', xml), 'devices'), 'disk');
      done.push(`define ${disks.map((disk) => attribute(child(disk, 'driver'), 'cache')).join()}`);
      expect({ ...viewDomain(xml), hardware: undefined }).toEqual({ ...viewDomain(recorded), hardware: undefined });
    },
    start: async () => {
      done.push('start');
      const message = done.includes('define writethrough,writethrough') ? '' : failure;
      if (message !== '')
        throw new LibvirtError({ code: ErrorCode.INTERNAL_ERROR, domain: 10, level: 2, message, int1: 0, int2: 0 }, 'start');
    },
  };
  return { client: { domains } as unknown as LibvirtClient, done };
}

test('where the host cannot bypass its cache the disks are written through it', async () => {
  const { client, done } = host("Could not open '/p/x': filesystem does not support O_DIRECT");
  await startPaused(client, target, { runId: 'r-1', bootHash: 'h' }, ownTime(1000));
  expect(done).toEqual(['mark Start r-1', 'start', 'define writethrough,writethrough', 'start']);
});

test('any other failure is passed on, with the run in the mark already', async () => {
  const { client, done } = host('something else');
  await expect(startPaused(client, target, { runId: 'r-1', bootHash: 'h' }, ownTime(1000))).rejects.toThrow('something else');
  expect(done).toEqual(['mark Start r-1', 'start']);
});
