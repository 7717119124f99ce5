/** The opaque `Machine.definition` of this driver: what the next start takes and what runs now, as compared by drift.ts. */
import { DriverError } from '../../labels.ts';
import type { DiskRef, MachineDisk, MachineInterface, MachineSize } from '../../contract.ts';
import type { OwnerMark } from '../../owner.ts';
import type { HardwareText } from './hardware.ts';

export interface Definition {
  readonly owner?: OwnerMark;
  readonly next: Part;
  /** Absent: it does not run. */
  readonly live?: Part;
}

export interface Part {
  readonly vcpus: number;
  readonly memoryBytes: number;
  /** Absent: no more than it has. */
  readonly maximum?: MachineSize;
  readonly disks: readonly MachineDisk[];
  readonly volumes: readonly (DiskRef & { readonly id: string })[];
  readonly interfaces: readonly Card[];
  readonly hardware: HardwareText;
}

export type Card = Pick<MachineInterface, 'name' | 'mac' | 'source' | 'mtu'>;

export const writeDefinition = (definition: Definition): string => JSON.stringify(definition);

export function readDefinition(text: string): Definition {
  try {
    return JSON.parse(text) as Definition;
  } catch (cause) {
    throw new DriverError('Unknown', 'the definition is none of the Xen driver', { cause });
  }
}
