/** What the host cannot give is told before anything is defined, with what to do about it. */
import type { MachineSpec } from '../../contract.ts';
import { featuresFor, type HostFeature } from '../../hardware.ts';
import { DriverError } from '../../labels.ts';
import { featuresOf, type HostProfile } from '../host/profile.ts';
import { CPU_MODES } from './cpu.ts';
import { tpmModel, VIDEO_MODELS } from './devices.ts';

interface Refusal {
  readonly reason: string;
  readonly message: string;
}

const LACKING: Readonly<Record<HostFeature, Refusal>> = {
  UEFI: {
    reason: 'UEFIUnsupported',
    message: 'the host has no UEFI for guests: install its firmware there (package ovmf or edk2-ovmf), or leave spec.firmware out',
  },
  SecureBoot: {
    reason: 'SecureBootUnsupported',
    message:
      'the host has no UEFI with secure boot: install such a firmware there (package ovmf or edk2-ovmf), or leave spec.firmware.secureBoot out',
  },
  TPM: {
    reason: 'TPMUnsupported',
    message: 'the host cannot make a TPM: install swtpm there (packages swtpm and swtpm-tools), or leave spec.devices.tpm out',
  },
  RandomNumbers: {
    reason: 'RandomNumbersUnsupported',
    message: 'the QEMU of the host has no device for random numbers: leave spec.devices.rng out',
  },
  Watchdog: { reason: 'WatchdogUnsupported', message: 'watchdogs are for guests on PC hardware: leave spec.devices.watchdog out' },
};

/** Throws `Unsupported`. */
export function requireSupport(spec: MachineSpec, host: HostProfile): void {
  const offered = featuresOf(host);
  const lacking = featuresFor(spec).find((feature) => !offered.includes(feature));
  const refusal = lacking === undefined ? modelRefusal(spec, host) : LACKING[lacking];
  if (refusal !== undefined) throw new DriverError('Unsupported', refusal.message, { reason: refusal.reason });
}

function modelRefusal({ devices: { tpm, video } = {}, cpu: { mode, model } = {} }: MachineSpec, host: HostProfile): Refusal | undefined {
  if (tpm !== undefined && !host.tpmModels.includes(tpmModel(tpm.model)))
    return { reason: 'TPMUnsupported', message: another('TPM', tpm.model, host.tpmModels) };
  if (video !== undefined && !host.videoModels.includes(VIDEO_MODELS[video.model]))
    return { reason: 'VideoUnsupported', message: another('graphics card', video.model, host.videoModels) };
  if (mode !== undefined && !host.cpuModes.includes(CPU_MODES[mode]))
    return { reason: 'CpuModeUnsupported', message: another('CPU mode', mode, host.cpuModes) };
  if (model !== undefined && !host.cpuModels.includes(model))
    return { reason: 'CpuModelUnsupported', message: another('CPU model', model, host.cpuModels) };
  return undefined;
}

const NAMED = 24;

/** Lists of CPU models are long. */
function another(what: string, asked: string, offered: readonly string[]): string {
  const listed = offered.slice(0, NAMED).join(', ') + (offered.length > NAMED ? ', ...' : '');
  return `the host has no ${what} ${asked}: name another one; it has (as libvirt calls them) ${listed || 'none'}`;
}
