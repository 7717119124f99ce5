/** The disks beside root and config drive that a machine is made with: those of the spec, else those of the flavor. Pure. */
import type { MachineDisk } from '../../drivers/contract.ts';
import { diskName, ephemeralDiskName } from './naming.ts';
import type { Size } from './size.ts';

export interface ExtraDisk extends Pick<MachineDisk, 'label' | 'name'> {
  readonly role: 'ephemeral' | 'swap';
  readonly sizeBytes: number;
}

/** In the order that the guest sees them in. */
export function extraDisks(uid: string, { ephemeralBytes, ephemeralDisks, swapBytes }: Size, incarnation = 1): readonly ExtraDisk[] {
  return [
    ...(ephemeralBytes > 0
      ? [{ role: 'ephemeral', name: diskName(uid, 'ephemeral', incarnation), sizeBytes: ephemeralBytes } as const]
      : []),
    ...ephemeralDisks.map(
      ({ label, sizeBytes }) => ({ role: 'ephemeral', label, name: ephemeralDiskName(uid, label, incarnation), sizeBytes }) as const,
    ),
    ...(swapBytes > 0 ? [{ role: 'swap', name: diskName(uid, 'swap', incarnation), sizeBytes: swapBytes } as const] : []),
  ];
}

export const extraBytes = (size: Size): number => extraDisks('', size).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
