/**
 * Our tables against libvirt's own description of its protocol: numbers, field order, types, maxima, constants.
 *
 * The description is data that the project does not carry. HOSTLER_REFERENCE_DATA names the folder that holds it; without it
 * these tests are reported as skipped.
 */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Codec, Fields } from '../src/xdr/codec.ts';
import type { EventMessage, Procedure } from '../src/procedures/procedure.ts';
import * as connect from '../src/procedures/connect.ts';
import * as device from '../src/procedures/domain-device.ts';
import * as power from '../src/procedures/domain-power.ts';
import * as domain from '../src/procedures/domain.ts';
import * as messages from '../src/procedures/event-messages.ts';
import * as network from '../src/procedures/network.ts';
import * as qemu from '../src/procedures/qemu.ts';
import * as registration from '../src/procedures/registration.ts';
import * as snapshot from '../src/procedures/snapshot.ts';
import * as storage from '../src/procedures/storage.ts';
import { remoteError } from '../src/types/error.ts';
import * as limits from '../src/types/limits.ts';
import * as references from '../src/types/references.ts';
import * as frame from '../src/wire/frame.ts';
import { DOMAIN_EVENTS, NETWORK_EVENTS, NODE_DEVICE_EVENTS, SECRET_EVENTS, STORAGE_POOL_EVENTS } from '../src/client/event-kinds.ts';
import { TypedParamType } from '../src/constants/typed-params.ts';
import { CONSTANTS, isLeftOut } from './constants.ts';

type FieldList = readonly (readonly [name: string, type: string])[];
interface Program {
  readonly consts: Readonly<Record<string, string>>;
  readonly structs: Readonly<Record<string, FieldList>>;
  readonly unions: Readonly<Record<string, { readonly cases: FieldList }>>;
  readonly procedures: readonly (readonly [name: string, number: number])[];
}
interface Protocol {
  readonly remote: Program;
  readonly qemu: Program;
  readonly net: Program;
  readonly keepalive: Program;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const folder = process.env['HOSTLER_REFERENCE_DATA'];
const withReference = folder === undefined ? test.skip : test;
const load = <T>(name: string): T => JSON.parse(readFileSync(path.join(folder ?? '', 'libvirt', name), 'utf8')) as T;
const protocol = (): Protocol => load('protocol.json');
const enums = (): Readonly<Record<string, Readonly<Record<string, number>>>> => load<{ enums: Protocol['enums'] }>('enums.json').enums;

const PROCEDURES = [connect, device, power, domain, network, registration, snapshot, storage].flatMap(proceduresOf);
const QEMU_PROCEDURES = proceduresOf(qemu);
const MESSAGES: readonly EventMessage<unknown>[] = Object.values(messages);

function proceduresOf(module: Readonly<Record<string, unknown>>): readonly Procedure<unknown, unknown>[] {
  return Object.values(module) as Procedure<unknown, unknown>[];
}

/** Fields as the reference lists them; a structure without fields of its own is not in it. */
function described(codec: Codec<unknown>): FieldList | undefined {
  const fields = Object.entries(codec.fields ?? {}).map(([name, { type }]) => [name, type] as const);
  return fields.length === 0 ? undefined : fields;
}

function check(
  program: Program,
  prefix: string,
  structPrefix: string,
  { name, number, args, result }: Procedure<unknown, unknown>,
): unknown {
  return {
    ours: [number, described(args), described(result)],
    theirs: [
      new Map(program.procedures).get(`${prefix}${name.toUpperCase()}`),
      program.structs[`${structPrefix}${name}_args`],
      program.structs[`${structPrefix}${name}_ret`],
    ],
  };
}

function equal(pair: unknown): void {
  const { ours, theirs } = pair as { ours: unknown; theirs: unknown };
  expect(ours).toEqual(theirs);
}

withReference.each(PROCEDURES.map((procedure) => [procedure.name, procedure] as const))('procedure %s', (_name, procedure) => {
  equal(check(protocol().remote, 'REMOTE_PROC_', 'remote_', procedure));
});

withReference.each(QEMU_PROCEDURES.map((procedure) => [procedure.name, procedure] as const))('QEMU procedure %s', (_name, procedure) => {
  equal(check(protocol().qemu, 'QEMU_PROC_', 'qemu_', procedure));
});

withReference.each(MESSAGES.map((message) => [message.name, message] as const))('event message %s', (_name, { name, number, payload }) => {
  const { procedures, structs } = protocol().remote;
  expect(number).toBe(new Map(procedures).get(`REMOTE_PROC_${name.toUpperCase()}`));
  expect(described(payload)).toEqual(structs[`remote_${name}_msg`]);
});

withReference('structures that fields are made of', () => {
  const { structs } = protocol().remote;
  const seen = new Map<string, FieldList>();
  const visit = (fields: Fields | undefined): void => {
    for (const codec of Object.values(fields ?? {})) {
      const own = described(codec);
      if (own !== undefined) seen.set(codec.type, own);
      visit(codec.fields);
    }
  };
  for (const { args, result } of [...PROCEDURES, ...QEMU_PROCEDURES]) [args, result].forEach(({ fields }) => visit(fields));
  for (const { payload } of MESSAGES) visit(payload.fields);
  visit({ remoteError, ...references });
  expect(seen.size).toBeGreaterThan(20);
  for (const [type, fields] of seen) expect([type, fields]).toEqual([type, structs[type]]);
});

withReference.each(Object.values(limits).map((limit) => [limit.name, limit.max] as const))('maximum %s', (name, max) => {
  expect(max).toBe(Number(protocol().remote.consts[name]));
});

withReference('typed parameters', () => {
  const cases = protocol().remote.unions['remote_typed_param_value']?.cases.map(([name, field]) => [name, field.replace(/ \w+$/, '')]);
  expect(cases).toEqual([
    ['VIR_TYPED_PARAM_INT', 'int'],
    ['VIR_TYPED_PARAM_UINT', 'unsigned int'],
    ['VIR_TYPED_PARAM_LLONG', 'hyper'],
    ['VIR_TYPED_PARAM_ULLONG', 'unsigned hyper'],
    ['VIR_TYPED_PARAM_DOUBLE', 'double'],
    ['VIR_TYPED_PARAM_BOOLEAN', 'int'],
    ['VIR_TYPED_PARAM_STRING', 'remote_nonnull_string'],
  ]);
  expect(Object.keys(TypedParamType)).toHaveLength(cases?.length ?? 0);
});

withReference('frames', () => {
  const {
    enums: { virNetMessageType: type, virNetMessageStatus: status },
    net,
    remote,
    qemu: qemuProgram,
    keepalive,
  } = protocol();
  expect(frame.FRAME_MAX_BYTES).toBe(Number(net.consts['VIR_NET_MESSAGE_LEN_MAX']) + Number(net.consts['VIR_NET_MESSAGE_MAX']));
  expect(frame.HEADER_BYTES).toBe(Number(net.consts['VIR_NET_MESSAGE_HEADER_MAX']));
  expect(frame.STREAM_CHUNK_BYTES).toBe(Number(net.consts['VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX']));
  expect(frame.PROGRAM).toEqual({
    REMOTE: Number(remote.consts['REMOTE_PROGRAM']),
    QEMU: Number(qemuProgram.consts['QEMU_PROGRAM']),
    KEEPALIVE: Number(keepalive.consts['KEEPALIVE_PROGRAM']),
  });
  const { CALL, REPLY, EVENT, STREAM, CALL_WITH_FDS, REPLY_WITH_FDS, STREAM_HOLE } = frame.MESSAGE_TYPE;
  expect([CALL, REPLY, EVENT, STREAM, CALL_WITH_FDS, REPLY_WITH_FDS, STREAM_HOLE]).toEqual(Object.values(type ?? {}));
  expect([frame.STATUS.OK, frame.STATUS.ERROR, frame.STATUS.CONTINUE]).toEqual(Object.values(status ?? {}));
});

withReference.each(CONSTANTS.map((table) => [table.name, table] as const))('constants %s', (_name, { values, enumeration, nameOf }) => {
  const theirs = enums()[enumeration] ?? {};
  const known = Object.fromEntries(Object.entries(values).map(([key, value]) => [nameOf(key), value]));
  expect(known).toEqual(Object.fromEntries(Object.entries(theirs).filter(([name]) => !isLeftOut(name))));
});

withReference('event numbers', () => {
  const camel = (name: string): string => name.toLowerCase().replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const numbers = (enumeration: string, prefix: string): Readonly<Record<string, number>> =>
    Object.fromEntries(Object.entries(enums()[enumeration] ?? {}).map(([name, value]) => [camel(name.slice(prefix.length)), value]));
  // Where libvirt's name is not what it is about.
  const renamed: Readonly<Record<string, string>> = {
    pmWakeup: 'pmwakeup',
    pmSuspend: 'pmsuspend',
    pmSuspendDisk: 'pmsuspendDisk',
    blockJob: 'blockJob2',
  };
  const theirs = numbers('virDomainEventID', 'VIR_DOMAIN_EVENT_ID_');
  for (const [name, { id }] of Object.entries(DOMAIN_EVENTS)) expect([name, id]).toEqual([name, theirs[renamed[name] ?? name]]);
  expect(NETWORK_EVENTS.lifecycle.id).toBe(numbers('virNetworkEventID', 'VIR_NETWORK_EVENT_ID_')['lifecycle']);
  const pools = numbers('virStoragePoolEventID', 'VIR_STORAGE_POOL_EVENT_ID_');
  expect([STORAGE_POOL_EVENTS.lifecycle.id, STORAGE_POOL_EVENTS.refreshed.id]).toEqual([pools['lifecycle'], pools['refresh']]);
  const devices = numbers('virNodeDeviceEventID', 'VIR_NODE_DEVICE_EVENT_ID_');
  expect([NODE_DEVICE_EVENTS.lifecycle.id, NODE_DEVICE_EVENTS.updated.id]).toEqual([devices['lifecycle'], devices['update']]);
  const secrets = numbers('virSecretEventID', 'VIR_SECRET_EVENT_ID_');
  expect([SECRET_EVENTS.lifecycle.id, SECRET_EVENTS.valueChanged.id]).toEqual([secrets['lifecycle'], secrets['valueChanged']]);
});
