/** Whatever is served has the types of the tables, for every class. */
import { expect, test } from '@jest/globals';
import { tableOf } from '../../../drivers/xen/model/generic.ts';
import { CLASSES, type ClassName, type Value } from '../../../drivers/xen/model/model.ts';
import { decode } from '../wire/decode.ts';
import { encodeForXml } from '../wire/encode.ts';
import { WireDate } from '../wire/date-time.ts';
import { parseXmlCall, xmlValue } from '../wire/xml-rpc.ts';
import { testPool } from '../xapi.testing.ts';

type Fields = Readonly<Record<string, Value>>;

/** As a client of XML-RPC reads it. */
const overXml = (type: string, value: Value): unknown =>
  parseXmlCall(`<methodCall><methodName>x</methodName><params><param>${xmlValue(encodeForXml(type, value))}</param></params></methodCall>`)
    .parameters[0];

test.each(Object.keys(CLASSES) as ClassName[])('%s', async (name) => {
  const { world, call } = await testPool({ hosts: 2 });
  const [template = ''] = await call<string[]>('VM.get_by_name_label', 'Debian Bookworm 12');
  const vm = await call<string>('VM.clone', template, 'vm');
  await call('VM.provision', vm);
  await call('VM.start', vm, false, false);
  await call('VM.checkpoint', vm, 'c');
  await call('Async.VM.pause', vm);
  // Of those that the pool has none of there is one that is all defaults.
  world.store.create(name, {});
  const { fields } = tableOf(name);
  for (const [, record] of world.store.all(name)) {
    expect(Object.keys(record)).toEqual(Object.keys(fields));
    for (const [field, { type }] of Object.entries(fields)) {
      if (type === 'snapshot') continue;
      const value = (record as Fields)[field] ?? '';
      expect({ field, value: decode(type, value, field) }).toEqual({ field, value });
      const sent = overXml(type, value);
      expect({ field, value: decode(type, sent, field) }).toEqual({ field, value });
      if (type === 'int') expect(typeof sent).toBe('string');
      if (type === 'datetime') expect(sent).toBeInstanceOf(WireDate);
    }
  }
});
