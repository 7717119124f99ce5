/** CPUs and memory of a definition, what there is and what there may come to be; in libvirt's words, both ways. */
import type { Drift, MachineSize } from '../../contract.ts';
import { attribute, bytesOf, child, textOf, type XmlElement } from '../xml.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 2 ** 20;

export interface ViewedSize extends MachineSize {
  /** Absent: no more than it has. */
  readonly maximum?: MachineSize;
}

export const kibibytes = (bytes: number): number => Math.ceil(bytes / KIBIBYTE);

/** Without a maximum nothing is said of what there is now: all of it. */
export function sizeElements({ vcpus, memoryBytes, maximum }: ViewedSize): XmlElement {
  const all = maximum ?? { vcpus, memoryBytes };
  return {
    memory: { '@unit': 'KiB', '#text': kibibytes(all.memoryBytes) },
    currentMemory: maximum && { '@unit': 'KiB', '#text': kibibytes(memoryBytes) },
    vcpu: { '@placement': 'static', '@current': maximum && vcpus, '#text': all.vcpus },
  };
}

/** Of what runs, the memory is what the guest has left to itself. */
export function viewSize(domain: XmlElement): ViewedSize {
  const vcpu = child(domain, 'vcpu');
  const all = { vcpus: Number(textOf(vcpu)), memoryBytes: bytesOf(child(domain, 'memory')) };
  const current = child(domain, 'currentMemory');
  const now = {
    vcpus: Number(attribute(vcpu, 'current') ?? all.vcpus),
    memoryBytes: current === undefined ? all.memoryBytes : bytesOf(current),
  };
  return { ...now, ...(now.vcpus === all.vcpus && now.memoryBytes === all.memoryBytes ? {} : { maximum: all }) };
}

/** libvirt rounds memory up to whole MiB: less than one is not a difference. */
export function sizeDrift(wanted: ViewedSize, found: ViewedSize): readonly Drift[] {
  const [most, can] = [wanted.maximum ?? wanted, found.maximum ?? found];
  const hasMaximum = wanted.maximum !== undefined || found.maximum !== undefined;
  return [
    ...differs('vcpus', wanted.vcpus, found.vcpus),
    ...memoryDiffers('memory', wanted.memoryBytes, found.memoryBytes),
    ...(hasMaximum ? differs('maximum[vcpus]', most.vcpus, can.vcpus) : []),
    ...(hasMaximum ? memoryDiffers('maximum[memory]', most.memoryBytes, can.memoryBytes) : []),
  ];
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / MEBIBYTE);

const differs = (field: string, asked: number, is: number): readonly Drift[] =>
  asked === is ? [] : [{ field, effect: 'Boot', wanted: String(asked), found: String(is) }];

const memoryDiffers = (field: string, asked: number, is: number): readonly Drift[] =>
  mebibytes(asked) === mebibytes(is) ? [] : differs(field, asked, is);
