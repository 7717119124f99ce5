/** What the real host rarely does on demand: a process that resists, a machine that somebody boots anew, one that goes meanwhile. */
import { expect, test } from '@jest/globals';
import { DomainState as State, ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { markForMetadataCall } from '../mark.ts';
import { ownTime } from '../time.ts';
import { powerOff, restoreFromDisk, signalShutdown, suspendToDisk } from './power-verbs.ts';

const uuid = '3d6f0b9a-6a4e-4f5e-9d5c-1c2b3a4d5e6f';
const target = { machineId: uuid, clusterId: 'c', uid: uuid };
const failure = (code: keyof typeof ErrorCode, message = '', int1 = 0): LibvirtError =>
  new LibvirtError({ code: ErrorCode[code], domain: 10, level: 2, message, int1, int2: 0 }, 'x');
const busyProcess = (): LibvirtError => failure('SYSTEM_ERROR', 'Failed to terminate process 7 with SIGKILL: Device or resource busy', 16);

class Host {
  state: number = State.RUNNING;
  reason = 1;
  job = 0;
  uid = uuid;
  managedSave = false;
  there = true;
  readonly done: string[] = [];
  /** Calls that only read. */
  reads = 0;
  /** What a changing call does, by its name; it may throw. */
  on: Readonly<Record<string, () => void>> = {};

  get client(): LibvirtClient {
    const read =
      <T>(answer: () => T) =>
      async (): Promise<T> => {
        this.reads += 1;
        if (!this.there) throw failure('NO_DOMAIN');
        return answer();
      };
    const change = (name: string) => async (): Promise<void> => {
      this.done.push(name);
      this.on[name]?.();
    };
    const domains = {
      lookupByUuid: async () => (this.there ? { uuid, name: 'web-1', id: 1 } : undefined),
      state: read(() => ({ state: this.state, reason: this.reason })),
      isPersistent: read(() => true),
      hasManagedSave: read(() => this.managedSave),
      metadata: read(() => markForMetadataCall({ clusterId: 'c', namespace: 'n', name: 'm', uid: this.uid, role: 'main' })),
      jobInfo: read(() => ({ type: this.job })),
      destroy: change('destroy'),
      shutdown: change('shutdown'),
      managedSave: change('save'),
      start: change('start'),
    };
    return { domains } as unknown as LibvirtClient;
  }
}

const off = (host: Host) => (): void => void (host.state = State.SHUTOFF);
const time = ownTime(20_000);

test('a power off that goes well reads the machine once, and then only its state', async () => {
  const host = new Host();
  host.on = { destroy: off(host) };
  await powerOff(host.client, target, time);
  expect([host.done, host.reads]).toEqual([['destroy'], 6]);
});

test('a process that resists is killed again, until it gives in', async () => {
  const host = new Host();
  host.on = {
    destroy: () => {
      if (host.done.length < 3) throw busyProcess();
      host.state = State.SHUTOFF;
    },
  };
  await powerOff(host.client, target, time);
  expect(host.done).toEqual(['destroy', 'destroy', 'destroy']);
});

test('one that never gives in is an error, after a bounded number of tries', async () => {
  const host = new Host();
  host.on = {
    destroy: () => {
      throw busyProcess();
    },
  };
  await expect(powerOff(host.client, target, time)).rejects.toMatchObject({ label: 'Transient', reason: 'PowerOffFailed' });
  expect(host.done).toHaveLength(7);
});

test('a machine that somebody booted anew meanwhile is powered off again', async () => {
  const host = new Host();
  host.on = { destroy: () => void (host.state = host.done.length < 2 ? State.RUNNING : State.SHUTOFF) };
  await powerOff(host.client, target, time);
  expect(host.done).toEqual(['destroy', 'destroy']);
});

test('one that somebody else took over meanwhile is left alone', async () => {
  const host = new Host();
  host.on = { destroy: () => void (host.uid = 'another') };
  await expect(powerOff(host.client, target, time)).rejects.toMatchObject({ label: 'Conflict', reason: 'NotOurs' });
  expect(host.done).toEqual(['destroy']);
});

test.each`
  verb                | call          | code                   | after
  ${'powerOff'}       | ${'destroy'}  | ${'OPERATION_INVALID'} | ${'off'}
  ${'powerOff'}       | ${'destroy'}  | ${'NO_DOMAIN'}         | ${'gone'}
  ${'signalShutdown'} | ${'shutdown'} | ${'OPERATION_INVALID'} | ${'off'}
  ${'signalShutdown'} | ${'shutdown'} | ${'NO_DOMAIN'}         | ${'gone'}
`('$verb of a machine that is $after meanwhile has done its work', async ({ verb, call, code, after }) => {
  const host = new Host();
  host.on = {
    [String(call)]: () => {
      if (after === 'gone') host.there = false;
      else off(host)();
      throw failure(code as keyof typeof ErrorCode);
    },
  };
  await (verb === 'powerOff' ? powerOff : signalShutdown)(host.client, target, time);
  expect(host.done).toEqual([call]);
});

test('an error of a machine that still runs is an error', async () => {
  const host = new Host();
  host.on = {
    destroy: () => {
      throw failure('OPERATION_TIMEOUT');
    },
  };
  await expect(powerOff(host.client, target, time)).rejects.toMatchObject({ code: ErrorCode.OPERATION_TIMEOUT });
  expect(host.done).toEqual(['destroy']);
});

test('nothing is changed while a job runs, and a machine with nothing saved is never booted instead', async () => {
  const host = new Host();
  host.job = 2;
  await expect(suspendToDisk(host.client, target, time)).rejects.toMatchObject({ label: 'Conflict', reason: 'Busy' });
  host.job = 0;
  host.state = State.SHUTOFF;
  await expect(restoreFromDisk(host.client, target, time)).rejects.toMatchObject({ label: 'Conflict', reason: 'IsStopped' });
  expect(host.done).toEqual([]);
});
