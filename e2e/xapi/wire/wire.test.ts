/** What goes over the wire, in both formats. */
import { describe, expect, test } from '@jest/globals';
import { dateTime, millisecondsOf, WireDate } from './date-time.ts';
import { decode } from './decode.ts';
import { encodeForXml } from './encode.ts';
import { jsonFailure, jsonSuccess, parseJsonCall } from './json-rpc.ts';
import { parseXmlCall, xmlFailure, xmlSuccess, xmlValue } from './xml-rpc.ts';

describe('XML-RPC', () => {
  test.each<[string, string, Parameters<typeof encodeForXml>[1], string]>([
    ['text, without a type of its own', 'string', 'a < b & c', '<value>a &lt; b &amp; c</value>'],
    ['an integer as text, for it has 64 bits', 'int', 4_294_967_296, '<value>4294967296</value>'],
    ['a whole float as a float nevertheless', 'float', 1, '<value><double>1.0</double></value>'],
    ['a boolean', 'bool', true, '<value><boolean>1</boolean></value>'],
    ['a date', 'datetime', '20261122T01:02:03Z', '<value><dateTime.iso8601>20261122T01:02:03Z</dateTime.iso8601></value>'],
    ['nothing as empty text', 'void', '', '<value></value>'],
    ['a set', 'set int', [1, 2], '<value><array><data><value>1</value><value>2</value></data></array></value>'],
    ['an empty set', 'set ref:VM', [], '<value><array><data></data></array></value>'],
    [
      'a map',
      'map int float',
      { 0: 0.5 },
      '<value><struct><member><name>0</name><value><double>0.5</double></value></member></struct></value>',
    ],
  ])('writes %s', (_, type, value, expected) => {
    expect(xmlValue(encodeForXml(type, value))).toBe(expected);
  });

  test('encodes the fields of a record by their types, also in the snapshot of an event', () => {
    const record = { memory_total: 1, live: true, last_updated: '20261122T01:02:03Z' };
    const event = { id: 7, class: 'host_metrics', snapshot: record };
    expect(encodeForXml('record:event_batch', { events: [event], token: 't', valid_ref_counts: { vm: 3 } })).toEqual({
      events: [
        { id: '7', class: 'host_metrics', snapshot: { memory_total: '1', live: true, last_updated: new WireDate('20261122T01:02:03Z') } },
      ],
      token: 't',
      valid_ref_counts: { vm: '3' },
    });
  });

  test('reads a call with values of all types, and text with or without a type', () => {
    const text = `<?xml version='1.0'?>
      <methodCall><methodName>VM.x</methodName><params>
        <param><value><string>a &lt;b&gt; &#x41;</string></value></param>
        <param><value>  plain </value></param>
        <param><value/></param>
        <param><value><int>5</int></value></param>
        <param><value><boolean>0</boolean></value></param>
        <param><value><double>0.25</double></value></param>
        <param><value><dateTime.iso8601>20261122T01:02:03Z</dateTime.iso8601></value></param>
        <param><value><array><data> <value>x</value> </data></array></value></param>
        <param><value><struct> <member> <name>k</name> <value><![CDATA[<v>]]></value> </member> </struct></value></param>
      </params></methodCall>`;
    expect(parseXmlCall(text)).toEqual({
      method: 'VM.x',
      parameters: ['a <b> A', '  plain ', '', 5, false, 0.25, new WireDate('20261122T01:02:03Z'), ['x'], { k: '<v>' }],
    });
  });

  test.each(['', '<a>', '<a></b>', 'text', '<a/><b/>', '<methodCall></methodCall>', '<methodResponse/>'])(
    'takes %j for no call',
    (text) => {
      expect(() => parseXmlCall(text)).toThrow(SyntaxError);
    },
  );

  test('answers are structs of a status and a value or a description', () => {
    expect(xmlSuccess('x')).toContain(
      '<member><name>Status</name><value>Success</value></member><member><name>Value</name><value>x</value></member>',
    );
    expect(xmlFailure(['CODE', 'p'])).toContain(
      '<name>ErrorDescription</name><value><array><data><value>CODE</value><value>p</value></data></array>',
    );
  });

  test('leaves out characters that no XML may hold', () => {
    expect(xmlValue('a\u0000b\u0008c\nd')).toBe('<value>abc\nd</value>');
  });
});

describe('JSON-RPC', () => {
  const call = parseJsonCall('{"jsonrpc":"2.0","method":"a.b","params":[1,"x"],"id":"i"}');
  const old = parseJsonCall('{"method":"a.b","params":[],"id":0}');

  test('reads both versions', () => {
    expect(call).toEqual({ method: 'a.b', parameters: [1, 'x'], version: 2, id: 'i' });
    expect(old).toEqual({ method: 'a.b', parameters: [], version: 1, id: 0 });
    expect(() => parseJsonCall('[]')).toThrow(SyntaxError);
    expect(() => parseJsonCall('{"method":"a.b","params":{}}')).toThrow(SyntaxError);
  });

  test('integers are numbers, and a failure is a message and data, or a list in the old version', () => {
    expect(JSON.parse(jsonSuccess(call, { n: 1 }))).toEqual({ jsonrpc: '2.0', result: { n: 1 }, id: 'i' });
    expect(JSON.parse(jsonSuccess(old, 'r'))).toEqual({ result: 'r', error: null, id: 0 });
    expect(JSON.parse(jsonFailure(call, ['C', 'p']))).toEqual({ jsonrpc: '2.0', error: { code: 1, message: 'C', data: ['p'] }, id: 'i' });
    expect(JSON.parse(jsonFailure(old, ['C', 'p']))).toEqual({ result: null, error: ['C', 'p'], id: 0 });
  });
});

describe('what clients send', () => {
  test.each<[string, unknown, unknown]>([
    ['int', '4294967296', 4_294_967_296],
    ['int', -1, -1],
    ['float', '0.5', 0.5],
    ['bool', true, true],
    ['datetime', new WireDate('20261122T01:02:03Z'), '20261122T01:02:03Z'],
    ['datetime', '2026-11-22T01:02:03Z', '2026-11-22T01:02:03Z'],
    ['ref:VM', '', 'OpaqueRef:NULL'],
    ['set enum:vbd_mode', ['RO', 'RW'], ['RO', 'RW']],
    ['map string int', { a: '1' }, { a: 1 }],
  ])('%s of %j', (type, sent, expected) => {
    expect(decode(type, sent, 'x')).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['string', 1],
    ['int', '1.5'],
    ['int', ''],
    ['int', true],
    ['bool', 'true'],
    ['datetime', 'today'],
    ['enum:vbd_mode', 'rw'],
    ['set string', 'a'],
    ['map string string', ['a']],
    ['ref:VM', null],
  ])('no %s: %j', (type, sent) => {
    expect(() => decode(type, sent, 'x')).toThrow('FIELD_TYPE_ERROR(x)');
  });

  test('a record for create: fields of the server are passed over, those without a default are needed', () => {
    const given = { VM: 'v', VDI: 'd', userdevice: '0', bootable: true, mode: 'RW', type: 'Disk', empty: false, other_config: {} };
    const qos = { qos_algorithm_type: '', qos_algorithm_params: {} };
    expect(decode('record:VBD', { ...given, ...qos, uuid: 'mine', nonsense: 1 }, 'args')).toEqual({ ...given, ...qos });
    expect(() => decode('record:VBD', given, 'args')).toThrow(
      'INTERNAL_ERROR(Server_helpers.Dispatcher_FieldNotFound("qos_algorithm_type"))',
    );
  });
});

test('dates are told to the second, and read with dashes and fractions too', () => {
  const at = Date.UTC(2026, 10, 22, 1, 2, 3);
  expect(dateTime(at + 999)).toBe('20261122T01:02:03Z');
  expect(['20261122T01:02:03Z', '2026-11-22T01:02:03.5Z', '20261122T01:02:03'].map(millisecondsOf)).toEqual([at, at, at]);
  expect(millisecondsOf('x')).toBeNaN();
});
