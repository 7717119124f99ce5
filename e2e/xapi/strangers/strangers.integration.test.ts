/**
 * The simulated pool, judged by clients that the project did not write: XenServer's bindings for Python, and Ansible's modules for
 * XenServer. They know XAPI, and nothing of the simulator.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Simulator } from '../simulator.ts';
import { runPlaybook, runPython } from './clients.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start({ hosts: 2 });
});
afterAll(async () => simulator.stop());

const named = (name: string) => simulator.world.store.all('VM').find(([, vm]) => vm.name_label === name);

test("XenServer's bindings for Python live through a VM's life, and get the types that they expect", async () => {
  expect(await runPython('bindings.py', simulator)).toEqual({
    'wrong password': ['SESSION_AUTHENTICATION_FAILED'],
    clone: ['success', 1, true, 'datetime'],
    start: ['success', '', 'Running'],
    'start again': ['halted', 'running'],
    address: '192.0.2.20',
    states: ['Paused', 'Running', 'Suspended', 'Running', 'Halted'],
    events: [true, true, true],
    snapshot: ['Halted'],
    empty: [],
    types: {
      VCPUs_max: 'str',
      memory_static_max: 'str',
      is_a_template: 'bool',
      HVM_shadow_multiplier: 'float',
      snapshot_time: 'datetime',
      platform: 'map',
      VBDs: 'set',
      affinity: 'str',
      order: 'str',
    },
    'event types': { id: 'str', timestamp: 'datetime', class: 'str', operation: 'str', ref: 'str', obj_uuid: 'str', snapshot: 'map' },
    destroy: ['', ['HANDLE_INVALID', 'VM'], []],
    'logged out': 401,
  });
  expect(named('bound')).toBeUndefined();
});

test('Ansible makes a VM with disks and an address, the second time without any change, and removes it', async () => {
  await runPlaybook('guest.yml', simulator, { changes: true });
  const [ref = '', made] = named('web-1') ?? [];
  expect(made).toMatchObject({
    power_state: 'Running',
    VCPUs_max: 2,
    memory_static_max: 1024 ** 3,
    name_description: 'A web server',
    is_a_template: false,
  });
  const before = simulator.world.store.get('VM', ref);
  await runPlaybook('guest.yml', simulator, { changes: false });
  expect(simulator.world.store.get('VM', ref)).toEqual(before);
  const disks = simulator.world.store.count('VDI');
  await runPlaybook('power.yml', simulator);
  expect(simulator.world.store.get('VM', ref).power_state).toBe('Halted');
  await runPlaybook('absent.yml', simulator);
  expect(named('web-1')).toBeUndefined();
  expect(simulator.world.store.count('VDI')).toBe(disks - 2);
}, 120_000);
