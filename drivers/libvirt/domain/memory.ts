/** What a guest's memory is made of: NUMA cells, huge pages, locking; in libvirt's words, both ways. */
import type { MemoryLayout, NumaCell } from '../../hardware.ts';
import { attribute, child, children, type XmlElement } from '../xml.ts';

const KIBIBYTE = 1024;

/** Of `<cpu>`. */
export function numaElement({ numaCells = [] }: MemoryLayout = {}): XmlElement | undefined {
  if (numaCells.length === 0) return undefined;
  return { cell: numaCells.map(cellElement) };
}

const cellElement = ({ cpus, memoryBytes }: NumaCell, id: number): XmlElement => ({
  '@id': id,
  '@cpus': cpus,
  '@memory': Math.ceil(memoryBytes / KIBIBYTE),
  '@unit': 'KiB',
});

/** `<numatune>` and `<memoryBacking>`, where they say anything. */
export function memoryElements({ hugePageBytes, locked = false, numaCells = [] }: MemoryLayout = {}): XmlElement {
  const placed = numaCells.flatMap(({ hostNodes }, cell) =>
    hostNodes === undefined ? [] : [{ '@cellid': cell, '@mode': 'strict', '@nodeset': hostNodes }],
  );
  const page = hugePageBytes === 0 ? undefined : { '@size': (hugePageBytes ?? 0) / KIBIBYTE, '@unit': 'KiB' };
  return {
    numatune: placed.length === 0 ? undefined : { memnode: placed },
    memoryBacking:
      hugePageBytes === undefined && !locked
        ? undefined
        : { hugepages: hugePageBytes === undefined ? undefined : { page }, locked: locked ? {} : undefined },
  };
}

/** By part, in our words. */
export function viewMemory(domain: XmlElement): Readonly<Record<string, string>> {
  const backing = child(domain, 'memoryBacking');
  const huge = child(backing, 'hugepages');
  const nodes = new Map(children(child(domain, 'numatune'), 'memnode').map((one) => [attribute(one, 'cellid'), attribute(one, 'nodeset')]));
  const cells = children(child(domain, 'cpu', 'numa'), 'cell').map((cell, index) =>
    cellText(attribute(cell, 'cpus') ?? '', Number(attribute(cell, 'memory')), nodes.get(attribute(cell, 'id') ?? String(index))),
  );
  return texts(huge && pageText(Number(attribute(child(huge, 'page'), 'size') ?? 0)), child(backing, 'locked') !== undefined, cells);
}

export function wantedMemory({ hugePageBytes, locked = false, numaCells = [] }: MemoryLayout = {}): Readonly<Record<string, string>> {
  const cells = numaCells.map(({ cpus, memoryBytes, hostNodes }) => cellText(cpus, Math.ceil(memoryBytes / KIBIBYTE), hostNodes));
  return texts(hugePageBytes === undefined ? undefined : pageText(hugePageBytes / KIBIBYTE), locked, cells);
}

const pageText = (kibibytes: number): string => (kibibytes === 0 ? 'of the usual size' : `of ${kibibytes} KiB`);
const cellText = (cpus: string, kibibytes: number, nodes: string | undefined): string =>
  `CPUs ${cpus} with ${kibibytes} KiB${nodes === undefined ? '' : ` of ${nodes}`}`;

function texts(hugePages: string | undefined, locked: boolean, cells: readonly string[]): Readonly<Record<string, string>> {
  return {
    ...(hugePages === undefined ? {} : { 'memory[hugePages]': hugePages }),
    ...(locked ? { 'memory[locked]': 'true' } : {}),
    ...(cells.length === 0 ? {} : { 'memory[numaCells]': cells.join('; ') }),
  };
}
