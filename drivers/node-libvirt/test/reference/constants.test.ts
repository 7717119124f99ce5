/** Our constants against libvirt's enumerations. */
import { expect, test } from '@jest/globals';
import { DOMAIN_EVENTS, NETWORK_EVENTS, NODE_DEVICE_EVENTS, SECRET_EVENTS, STORAGE_POOL_EVENTS } from '../../src/client/event-kinds.ts';
import { CONSTANTS, isLeftOut } from './constants.ts';
import { describeWithReference, enumerations } from './data.ts';

/** Where libvirt's name of an event is not what it says. */
const RENAMED: Readonly<Record<string, string>> = {
  pmWakeup: 'pmwakeup',
  pmSuspend: 'pmsuspend',
  pmSuspendDisk: 'pmsuspendDisk',
  blockJob: 'blockJob2',
  refreshed: 'refresh',
  updated: 'update',
};

const camel = (name: string): string => name.toLowerCase().replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());

function eventNumbers(enumeration: string, prefix: string): ReadonlyMap<string, number> {
  return new Map(Object.entries(enumerations()[enumeration] ?? {}).map(([name, value]) => [camel(name.slice(prefix.length)), value]));
}

describeWithReference('constants', () => {
  test.each(CONSTANTS.map((table) => [table.name, table] as const))('%s', (_name, { values, enumeration, nameOf }) => {
    const ours = Object.fromEntries(Object.entries(values).map(([key, value]) => [nameOf(key), value]));
    const theirs = Object.entries(enumerations()[enumeration] ?? {}).filter(([name]) => !isLeftOut(name));
    expect(ours).toEqual(Object.fromEntries(theirs));
  });

  test.each([
    ['domain', DOMAIN_EVENTS, 'virDomainEventID', 'VIR_DOMAIN_EVENT_ID_'],
    ['network', NETWORK_EVENTS, 'virNetworkEventID', 'VIR_NETWORK_EVENT_ID_'],
    ['storage pool', STORAGE_POOL_EVENTS, 'virStoragePoolEventID', 'VIR_STORAGE_POOL_EVENT_ID_'],
    ['node device', NODE_DEVICE_EVENTS, 'virNodeDeviceEventID', 'VIR_NODE_DEVICE_EVENT_ID_'],
    ['secret', SECRET_EVENTS, 'virSecretEventID', 'VIR_SECRET_EVENT_ID_'],
  ] as const)('%s events', (_name, kinds, enumeration, prefix) => {
    const theirs = eventNumbers(enumeration, prefix);
    for (const [name, { id }] of Object.entries(kinds)) expect([name, id]).toEqual([name, theirs.get(RENAMED[name] ?? name)]);
  });
});
