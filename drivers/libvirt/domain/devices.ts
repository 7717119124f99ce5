/** Devices that a machine may be asked to have, in libvirt's words, both ways. */
import type { MachineSpec } from '../../contract.ts';
import type { Devices, TpmModel, VideoModel, WatchdogAction } from '../../hardware.ts';
import type { HostProfile } from '../host/profile.ts';
import { attribute, child, children, type XmlElement } from '../xml.ts';
import { wordFor } from './words.ts';
import { serialElements } from './serial.ts';

const WATCHDOG_ACTIONS: Readonly<Record<WatchdogAction, string>> = { Reset: 'reset', PowerOff: 'poweroff', Pause: 'pause', None: 'none' };
const TPM_MODELS: Readonly<Record<TpmModel, string>> = { CRB: 'tpm-crb', TIS: 'tpm-tis' };
export const VIDEO_MODELS: Readonly<Record<VideoModel, string>> = {
  None: 'none',
  VGA: 'vga',
  Virtio: 'virtio',
  QXL: 'qxl',
  Bochs: 'bochs',
  Cirrus: 'cirrus',
};
export const tpmModel = (model: TpmModel): string => TPM_MODELS[model];

/** The machine can run on the host (support.ts). */
export function deviceElements({ name, devices = {} }: MachineSpec, host: HostProfile): XmlElement {
  const { rng, watchdog, tpm, serialPorts, video } = devices;
  return {
    serial: serialElements(name, serialPorts),
    video: { model: { '@type': VIDEO_MODELS[video?.model ?? 'None'] } },
    rng: host.randomDevice ? rngElement(rng) : undefined,
    watchdog: watchdog && { '@model': 'i6300esb', '@action': WATCHDOG_ACTIONS[watchdog.action] },
    tpm: tpm && { '@model': TPM_MODELS[tpm.model], backend: { '@type': 'emulator', '@version': '2.0' } },
  };
}

function rngElement(rng: Devices['rng']): XmlElement | undefined {
  if (rng?.mode === 'Disabled') return undefined;
  const bytes = rng?.bytesPerSecond;
  return {
    '@model': 'virtio',
    rate: bytes === undefined ? undefined : { '@bytes': bytes, '@period': 1000 },
    backend: { '@model': 'random', '#text': '/dev/urandom' },
  };
}

/** By part: what is there, in our words; what a machine has that nobody asked anything of is left out. */
export function viewDevices(devices: XmlElement | undefined): Readonly<Record<string, string>> {
  const [rng, watchdog, tpm] = [child(devices, 'rng'), child(devices, 'watchdog'), child(devices, 'tpm')];
  const ports = children(devices, 'serial').length;
  const video = attribute(child(devices, 'video', 'model'), 'type') ?? 'none';
  return {
    ...(rng === undefined ? { rng: 'Disabled' } : rateOf(rng)),
    ...(watchdog && { watchdog: wordFor(WATCHDOG_ACTIONS, attribute(watchdog, 'action') ?? 'reset') }),
    ...(tpm && { tpm: wordFor(TPM_MODELS, attribute(tpm, 'model') ?? '') }),
    ...(ports === 1 ? {} : { serialPorts: String(ports) }),
    ...(video === 'none' ? {} : { video: wordFor(VIDEO_MODELS, video) }),
  };
}

function rateOf(rng: XmlElement): Readonly<Record<string, string>> {
  const rate = child(rng, 'rate');
  if (rate === undefined) return {};
  const perSecond = (Number(attribute(rate, 'bytes')) * 1000) / Number(attribute(rate, 'period') ?? 1000);
  return { rng: `${perSecond} bytes per second` };
}

/** What is asked for, in the same words. */
export function wantedDevices({ rng, watchdog, tpm, serialPorts = 1, video }: Devices = {}): Readonly<Record<string, string>> {
  return {
    ...(rng?.mode === 'Disabled' ? { rng: 'Disabled' } : {}),
    ...(rng?.mode === 'Enabled' && rng.bytesPerSecond !== undefined ? { rng: `${rng.bytesPerSecond} bytes per second` } : {}),
    ...(watchdog && { watchdog: watchdog.action }),
    ...(tpm && { tpm: tpm.model }),
    ...(serialPorts === 1 ? {} : { serialPorts: String(serialPorts) }),
    ...(video === undefined || video.model === 'None' ? {} : { video: video.model }),
  };
}
