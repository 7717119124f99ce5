/** CPUs as they look to the guest, and where they run, in libvirt's words, both ways. */
import type { Cpu, CpuFeaturePolicy, CpuMode, MemoryLayout } from '../../hardware.ts';
import type { HostProfile } from '../host/profile.ts';
import { attribute, child, children, textOf, type XmlElement } from '../xml.ts';
import { wordFor } from './words.ts';
import { numaElement } from './memory.ts';

export const CPU_MODES: Readonly<Record<CpuMode, string>> = {
  HostModel: 'host-model',
  HostPassthrough: 'host-passthrough',
  Maximum: 'maximum',
  Custom: 'custom',
};
const POLICIES: Readonly<Record<CpuFeaturePolicy, string>> = {
  Require: 'require',
  Optional: 'optional',
  Disable: 'disable',
  Forbid: 'forbid',
  Force: 'force',
};

export function cpuElement(cpu: Cpu = {}, memory: MemoryLayout | undefined, host: HostProfile): XmlElement {
  const { features, topology } = cpu;
  return {
    ...modeElement(cpu, host),
    topology: topology && { '@sockets': topology.sockets, '@cores': topology.cores, '@threads': topology.threads },
    feature: features?.map(({ name, policy }) => ({ '@policy': POLICIES[policy], '@name': name })),
    numa: numaElement(memory),
  };
}

function modeElement({ mode, model = '' }: Cpu, host: HostProfile): XmlElement {
  if (mode === undefined) return host.cpu;
  // Another model in its place would be another CPU than was asked for.
  if (mode === 'Custom') return { '@mode': 'custom', '@match': 'exact', model: { '@fallback': 'forbid', '#text': model } };
  return { '@mode': CPU_MODES[mode] };
}

/** Undefined: they run where the host likes. */
export function cpuTuneElement({ pinning = [], emulatorHostCpus }: Cpu = {}): XmlElement | undefined {
  if (pinning.length === 0 && emulatorHostCpus === undefined) return undefined;
  return {
    vcpupin: pinning.map(({ vcpu, hostCpus }) => ({ '@vcpu': vcpu, '@cpuset': hostCpus })),
    emulatorpin: emulatorHostCpus === undefined ? undefined : { '@cpuset': emulatorHostCpus },
  };
}

/** By part, in our words. */
export function viewCpu(domain: XmlElement): Readonly<Record<string, string>> {
  const [cpu, tune] = [child(domain, 'cpu'), child(domain, 'cputune')];
  const topology = child(cpu, 'topology');
  const features = children(cpu, 'feature').map(
    (one) => `${wordFor(POLICIES, attribute(one, 'policy') ?? 'require')} ${attribute(one, 'name') ?? ''}`,
  );
  const pins = children(tune, 'vcpupin').map((pin) => `${attribute(pin, 'vcpu') ?? ''} on ${attribute(pin, 'cpuset') ?? ''}`);
  return texts({
    mode: modeText(wordFor(CPU_MODES, attribute(cpu, 'mode') ?? ''), textOf(child(cpu, 'model'))),
    topology: topology && ['sockets', 'cores', 'threads'].map((name) => attribute(topology, name) ?? '').join('/'),
    features: features.sort().join(', '),
    pinning: pins.sort().join('; '),
    emulatorThreads: attribute(child(tune, 'emulatorpin'), 'cpuset'),
  });
}

export function wantedCpu({ mode, model = '', features = [], topology, pinning = [], emulatorHostCpus }: Cpu = {}): Readonly<
  Record<string, string>
> {
  return texts({
    mode: mode && modeText(mode, model),
    topology: topology && `${topology.sockets}/${topology.cores}/${topology.threads}`,
    features: features
      .map(({ name, policy }) => `${policy} ${name}`)
      .sort()
      .join(', '),
    pinning: pinning
      .map(({ vcpu, hostCpus }) => `${vcpu} on ${hostCpus}`)
      .sort()
      .join('; '),
    emulatorThreads: emulatorHostCpus,
  });
}

/** What a machine gets whose spec names no mode: on one host this, on another that. */
export const isUsualMode = (text: string | undefined): boolean =>
  text === undefined || ['HostModel', 'Maximum', 'Custom qemu64'].includes(text);

const modeText = (mode: string, model: string): string => (mode === 'Custom' ? `Custom ${model}` : mode);

function texts(parts: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = Object.entries(parts).flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[`cpu[${name}]`, text]]));
  return Object.fromEntries(kept) as Readonly<Record<string, string>>;
}
