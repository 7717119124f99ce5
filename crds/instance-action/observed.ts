/** For status: what was seen of a machine by the actions that only look. */
import { Type } from 'typebox';
import { atomicList, mapOf } from '../schema/collections.ts';
import { count, int64 } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, text, timestamp, word } from '../schema/text.ts';
import { OBSERVATION_LIMITS, POWER_STATES } from '../vocabulary.ts';

const { consoleBytes, pictureCharacters, items, raw, text: longest } = OBSERVATION_LIMITS;
const some = (description: string) => Type.Optional(int64(description));

export const ObservedConsole = Type.Object(
  {
    text: text('The end of it: without control characters, and with a mark in the place of what is no UTF-8.', consoleBytes),
    truncated: Type.Optional(Type.Boolean({ description: 'There is more before it.' })),
  },
  { description: 'What the guest printed on its first serial port, in this run and earlier ones. It is the word of the guest.' },
);
export type ObservedConsole = Read<typeof ObservedConsole>;

export const ObservedScreen = Type.Object(
  {
    contentType: word('Kind of the picture: image/png.', longest),
    base64: word('The picture, in base64.', pictureCharacters),
    width: count('Of the picture, in pixels.', { minimum: 1 }),
    height: count('Of the picture, in pixels.', { minimum: 1 }),
    scale: Type.Optional(
      count('The screen is so many times as wide and high as the picture: it would have been too large. Absent: it is as large.', {
        minimum: 2,
      }),
    ),
  },
  { description: 'What was on the first screen of the guest.' },
);
export type ObservedScreen = Read<typeof ObservedScreen>;

const ObservedMemory = Type.Object(
  {
    maximumBytes: some('What the guest may have.'),
    usedBytes: some('What it has: less than that where the host took some back.'),
    residentBytes: some('What the host has in memory for it.'),
  },
  { description: 'Memory.' },
);

const ObservedCpu = Type.Object({
  id: count('Number of the CPU in the guest, from 0.'),
  timeMs: some('Milliseconds of CPU time since the start.'),
});

const ObservedDisk = Type.Object({
  name: word('As in status.disks or spec.volumes of the Instance, such as root; of a disk that is neither, as the host names it.', longest),
  readBytes: some('Bytes read since the start.'),
  readRequests: some('Requests to read.'),
  writeBytes: some('Bytes written.'),
  writeRequests: some('Requests to write.'),
  errors: some('Failed requests, where the host counts them.'),
});

const ObservedInterface = Type.Object({
  macAddress: word('MAC address.', longest),
  name: Type.Optional(word('Name in spec.networks of the Instance, where it is one of these.', longest)),
  rxBytes: some('Bytes to the guest since the start.'),
  rxPackets: some('Packets to the guest.'),
  rxErrors: some('Of these, faulty ones.'),
  rxDrops: some('Of these, dropped ones.'),
  txBytes: some('Bytes from the guest.'),
  txPackets: some('Packets from the guest.'),
  txErrors: some('Of these, faulty ones.'),
  txDrops: some('Of these, dropped ones.'),
});

export const ObservedDiagnostics = Type.Object(
  {
    driver: word('The driver that read it.', longest),
    power: enumOf(POWER_STATES, 'Power state.'),
    startedAt: Type.Optional(timestamp('When the run began.')),
    memory: ObservedMemory,
    cpus: atomicList(ObservedCpu, { maxItems: items, description: 'CPUs that are switched on.' }),
    disks: atomicList(ObservedDisk, { maxItems: items, description: 'Disks and volumes.' }),
    interfaces: atomicList(ObservedInterface, { maxItems: items, description: 'Network interfaces.' }),
    raw: mapOf(text('Value.', longest), {
      maxProperties: raw,
      description: 'All that the hypervisor counts, in its own words, which other versions of it may not have.',
    }),
  },
  { description: 'What the host counts of the machine. What a hypervisor does not count is absent.' },
);
export type ObservedDiagnostics = Read<typeof ObservedDiagnostics>;

/** What each of them leaves in the status of its InstanceAction. */
export const OBSERVED = {
  diagnostics: Type.Optional(ObservedDiagnostics),
  consoleLog: Type.Optional(ObservedConsole),
  screenshot: Type.Optional(ObservedScreen),
};
