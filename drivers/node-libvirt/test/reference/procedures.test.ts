/** Our tables against libvirt's own description of its protocol: numbers, field order, types, maxima. */
import { expect, test } from '@jest/globals';
import * as backup from '../../src/procedures/backup.ts';
import * as blockJob from '../../src/procedures/block-job.ts';
import * as connect from '../../src/procedures/connect.ts';
import * as device from '../../src/procedures/domain-device.ts';
import * as power from '../../src/procedures/domain-power.ts';
import * as domain from '../../src/procedures/domain.ts';
import * as messages from '../../src/procedures/event-messages.ts';
import * as network from '../../src/procedures/network.ts';
import type { EventMessage, Procedure } from '../../src/procedures/procedure.ts';
import * as qemu from '../../src/procedures/qemu.ts';
import * as registration from '../../src/procedures/registration.ts';
import * as snapshot from '../../src/procedures/snapshot.ts';
import * as storage from '../../src/procedures/storage.ts';
import { TypedParamType } from '../../src/constants/typed-params.ts';
import { remoteError } from '../../src/types/error.ts';
import * as limits from '../../src/types/limits.ts';
import * as references from '../../src/types/references.ts';
import * as frame from '../../src/wire/frame.ts';
import type { Codec, Fields } from '../../src/xdr/codec.ts';
import type { FieldList, Program } from './data.ts';
import { describeWithReference, protocol } from './data.ts';

type AnyProcedure = Procedure<unknown, unknown>;

const procedures = (module: Readonly<Record<string, unknown>>): readonly AnyProcedure[] => Object.values(module) as AnyProcedure[];
const PROCEDURES = [backup, blockJob, connect, device, power, domain, network, registration, snapshot, storage].flatMap(procedures);
const QEMU_PROCEDURES = procedures(qemu);
const MESSAGES: readonly EventMessage<unknown>[] = Object.values(messages);

/** Fields as the description lists them; a structure without fields is not in it. */
function fieldsOf(codec: Codec<unknown>): FieldList | undefined {
  const fields = Object.entries(codec.fields ?? {}).map(([name, { type }]) => [name, type] as const);
  return fields.length === 0 ? undefined : fields;
}

function ours({ number, args, result }: AnyProcedure): unknown {
  return { number, args: fieldsOf(args), result: fieldsOf(result) };
}

function theirs(program: Program, numberPrefix: string, structPrefix: string, name: string): unknown {
  return {
    number: new Map(program.procedures).get(`${numberPrefix}${name.toUpperCase()}`),
    args: program.structs[`${structPrefix}${name}_args`],
    result: program.structs[`${structPrefix}${name}_ret`],
  };
}

/** Every structure that fields are made of, at any depth. */
function structures(): ReadonlyMap<string, FieldList> {
  const found = new Map<string, FieldList>();
  const visit = (fields: Fields = {}): void => {
    for (const codec of Object.values(fields)) {
      const own = fieldsOf(codec);
      if (own !== undefined) found.set(codec.type, own);
      visit(codec.fields);
    }
  };
  for (const { args, result } of [...PROCEDURES, ...QEMU_PROCEDURES]) [args, result].forEach(({ fields }) => visit(fields));
  for (const { payload } of MESSAGES) visit(payload.fields);
  visit({ remoteError, ...references });
  return found;
}

describeWithReference('the protocol', () => {
  test.each(PROCEDURES.map((procedure) => [procedure.name, procedure] as const))('%s', (name, procedure) => {
    expect(ours(procedure)).toEqual(theirs(protocol().remote, 'REMOTE_PROC_', 'remote_', name));
  });

  test.each(QEMU_PROCEDURES.map((procedure) => [procedure.name, procedure] as const))('QEMU %s', (name, procedure) => {
    expect(ours(procedure)).toEqual(theirs(protocol().qemu, 'QEMU_PROC_', 'qemu_', name));
  });

  test.each(MESSAGES.map((message) => [message.name, message] as const))('event %s', (name, { number, payload }) => {
    const { procedures: numbers, structs } = protocol().remote;
    expect(number).toBe(new Map(numbers).get(`REMOTE_PROC_${name.toUpperCase()}`));
    expect(fieldsOf(payload)).toEqual(structs[`remote_${name}_msg`]);
  });

  test('structures that fields are made of', () => {
    const { structs } = protocol().remote;
    const found = structures();
    expect(found.size).toBeGreaterThan(20);
    for (const [type, fields] of found) expect([type, fields]).toEqual([type, structs[type]]);
  });

  test.each(Object.values(limits).map(({ name, max }) => [name, max] as const))('maximum %s', (name, max) => {
    expect(max).toBe(Number(protocol().remote.consts[name]));
  });

  test('typed parameters', () => {
    const cases = protocol().remote.unions['remote_typed_param_value']?.cases ?? [];
    expect(cases.map(([name, field]) => [name, field.replace(/ \w+$/, '')])).toEqual([
      ['VIR_TYPED_PARAM_INT', 'int'],
      ['VIR_TYPED_PARAM_UINT', 'unsigned int'],
      ['VIR_TYPED_PARAM_LLONG', 'hyper'],
      ['VIR_TYPED_PARAM_ULLONG', 'unsigned hyper'],
      ['VIR_TYPED_PARAM_DOUBLE', 'double'],
      ['VIR_TYPED_PARAM_BOOLEAN', 'int'],
      ['VIR_TYPED_PARAM_STRING', 'remote_nonnull_string'],
    ]);
    expect(Object.keys(TypedParamType)).toHaveLength(cases.length);
  });

  test('frames', () => {
    const { enums, net, remote, qemu: qemuProgram, keepalive } = protocol();
    expect(frame.FRAME_MAX_BYTES).toBe(Number(net.consts['VIR_NET_MESSAGE_LEN_MAX']) + Number(net.consts['VIR_NET_MESSAGE_MAX']));
    expect(frame.HEADER_BYTES).toBe(Number(net.consts['VIR_NET_MESSAGE_HEADER_MAX']));
    expect(frame.STREAM_CHUNK_BYTES).toBe(Number(net.consts['VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX']));
    expect(frame.PROGRAM).toEqual({
      REMOTE: Number(remote.consts['REMOTE_PROGRAM']),
      QEMU: Number(qemuProgram.consts['QEMU_PROGRAM']),
      KEEPALIVE: Number(keepalive.consts['KEEPALIVE_PROGRAM']),
    });
    expect(withPrefix(frame.MESSAGE_TYPE, { EVENT: 'MESSAGE' })).toEqual(enums['virNetMessageType']);
    expect(withPrefix(frame.STATUS, {})).toEqual(enums['virNetMessageStatus']);
  });
});

/** Our names as libvirt has them; it calls an event just a message. */
function withPrefix(table: Readonly<Record<string, number>>, renamed: Readonly<Record<string, string>>): unknown {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [`VIR_NET_${renamed[name] ?? name}`, value]));
}
