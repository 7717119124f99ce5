/** Hardware that is asked for beyond the usual: it is there, it is no drift, and it goes when it is not asked for any more. */
import type { Devices, Firmware, Hardware } from '../../hardware.ts';
import { define, powerOff, startPaused, undefine } from '../acts/machine.ts';
import { drift } from '../acts/reading.ts';
import type { Case } from '../case.ts';

const devices = (devices: Devices) => (): Hardware => ({ devices });
const firmware =
  (type: Firmware['type'], secureBoot = false) =>
  (): Hardware => ({ firmware: { type, secureBoot } });
const usual = (): Hardware => ({});

/** What, the field that it is drift of, and the hardware. */
const ASKED: readonly (readonly [string, string, () => Hardware])[] = [
  ['limited random numbers', 'devices[rng]', devices({ rng: { mode: 'Enabled', bytesPerSecond: 1024 } })],
  ['no random numbers', 'devices[rng]', devices({ rng: { mode: 'Disabled' } })],
  ['a watchdog that resets', 'devices[watchdog]', devices({ watchdog: { action: 'Reset' } })],
  ['a watchdog that pauses', 'devices[watchdog]', devices({ watchdog: { action: 'Pause' } })],
  ['four serial ports', 'devices[serialPorts]', devices({ serialPorts: 4 })],
  ['a graphics card', 'devices[video]', devices({ video: { model: 'VGA' } })],
  ['a TPM', 'devices[tpm]', devices({ tpm: { model: 'CRB' } })],
  ['a topology', 'cpu[topology]', () => ({ cpu: { topology: { sockets: 1, cores: 1, threads: 1 } } })],
  ['disks by name', 'storage[serials]', () => ({ storage: { serials: 'ByName' } })],
  ['limited disks', 'storage[limits]', () => ({ storage: { limits: { iops: 1000 } } })],
  ['UEFI', 'firmware', firmware('UEFI')],
  ['UEFI with secure boot', 'firmware', firmware('UEFI', true)],
];

const asked: readonly Case[] = ASKED.flatMap(([what, field, over]): readonly Case[] => [
  { asks: field, given: 'Stopped', when: [drift(what, over)], outcome: { answer: () => [field] } },
  {
    name: 'define gives it, and it runs',
    asks: field,
    given: 'Stopped',
    when: [define(what, over), startPaused(), drift(what, over)],
    outcome: { answer: () => [], machine: { power: 'Paused' } },
  },
  {
    name: 'what runs is not changed live',
    asks: field,
    given: 'Paused',
    when: [define(what, over), drift(what, over)],
    outcome: { answer: () => [], machine: { power: 'Paused', owner: { runId: 'run-1' } } },
  },
]);

/** Random numbers, firmware and TPM are another matter: what a host has stays, and what would be lost stays. */
const taken: readonly Case[] = ASKED.filter(([, field]) => /watchdog|serialPorts|video/.test(field)).map(([what, field, over]) => ({
  asks: field,
  name: 'it is drift where nobody asks for it',
  given: 'Stopped',
  when: [define(what, over), drift('the usual', usual)],
  outcome: { answer: () => [field] },
}));

const withTpm = devices({ tpm: { model: 'CRB' } });
const withUefi = firmware('UEFI');

const kept: readonly Case[] = [
  {
    name: 'a TPM stays, for what is in it',
    asks: 'devices[tpm]',
    given: 'Stopped',
    when: [define('a TPM', withTpm), define('the usual', usual), drift('a TPM', withTpm)],
    outcome: { answer: () => [] },
  },
  {
    name: 'firmware that nobody asks for stays',
    given: 'Stopped',
    when: [define('UEFI', withUefi), define('the usual', usual), drift('UEFI', withUefi)],
    outcome: { answer: () => [] },
  },
  {
    name: 'secure boot can be switched between runs',
    given: 'Stopped',
    when: [define('UEFI', withUefi), startPaused(), powerOff, define('secure boot', firmware('UEFI', true)), startPaused('run-3')],
    outcome: { machine: { power: 'Paused', owner: { runId: 'run-3' } } },
  },
  {
    name: 'it goes with all that its firmware and its TPM kept, and begins anew',
    asks: 'devices[tpm]',
    given: 'Stopped',
    when: [
      define('UEFI and a TPM', () => ({ ...withUefi(), ...withTpm() })),
      startPaused(),
      powerOff,
      undefine,
      define('the usual', usual),
      startPaused('run-3'),
    ],
    outcome: { machine: { power: 'Paused' } },
  },
];

export const hardwareCases: readonly Case[] = [...asked, ...taken, ...kept];

/** Of a host that lacks these: it says so, and the machine stays what it was. */
export const refusedHardware = (lacks: readonly string[]): readonly Case[] =>
  ASKED.filter(([, field]) => lacks.includes(field)).map(([what, , over]) => ({
    name: 'the host does not give it',
    given: 'Stopped',
    when: [define(`two CPUs, and ${what}`, (scene) => ({ ...over(), vcpus: 2 * scene.spec().vcpus }))],
    outcome: { fails: { label: 'Unsupported' }, machine: { power: 'Stopped', vcpus: 1 } },
  }));
