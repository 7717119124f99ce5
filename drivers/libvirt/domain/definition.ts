/** The opaque `Machine.definition` of this driver: what the next start takes and what runs now, as compared by drift.ts. */
import { DriverError } from '../../labels.ts';
import type { DiskRef, MachineDisk } from '../../contract.ts';
import type { DomainView } from './view.ts';

export interface Definition {
  /** Of the persistent definition; of a machine that has none any more, what runs. */
  readonly next: DefinitionPart;
  /** Absent: it does not run. */
  readonly live?: DefinitionPart;
}

export interface DefinitionPart extends Omit<DomainView, 'disks' | 'volumes'> {
  readonly disks: readonly MachineDisk[];
}

/** `diskAt` finds the disk that lies at a path. */
export function definitionPart(view: DomainView, diskAt: (path: string) => DiskRef): DefinitionPart {
  const { volumes: _, ...rest } = view;
  return { ...rest, disks: view.disks.map(({ path, ...disk }) => ({ ...disk, ...diskAt(path) })) };
}

export function writeDefinition(definition: Definition): string {
  return JSON.stringify(definition);
}

export function readDefinition(text: string): Definition {
  try {
    return JSON.parse(text) as Definition;
  } catch (cause) {
    throw new DriverError('Unknown', 'the definition is none of the libvirt driver', { cause });
  }
}
