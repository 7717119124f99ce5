/** Making and removing a VDI, whatever it is for. */
import { isXapi } from '../errors.ts';
import type { Ref } from '../model/model.ts';
import type { StringMap } from '../numbered.ts';
import { runDestroy } from '../session/tasks.ts';
import type { Site } from '../site.ts';
import { pause, type Left } from '../time.ts';

export interface NewVdi {
  readonly SR: Ref;
  readonly name: string;
  readonly sizeBytes: number;
  readonly tags: StringMap;
  readonly shared?: boolean;
}

export function createVdi(site: Site, { SR, name, sizeBytes, tags, shared = false }: NewVdi, left: Left): Promise<Ref> {
  const record = {
    SR,
    name_label: name,
    name_description: '',
    virtual_size: sizeBytes,
    type: 'user' as const,
    sharable: shared,
    read_only: false,
    other_config: tags,
    xenstore_data: {},
    sm_config: shared ? { type: 'raw' } : {},
    tags: [],
  };
  return site.rpc.create('VDI', record, left);
}

const DESTROY_TRIES = 8;
const FIRST_PAUSE_MS = 100;

/** The control domain takes its time to let go of a disk; one that is gone is destroyed. */
export async function destroyVdi(site: Site, vdi: Ref, left: Left): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runDestroy(site.pool, 'VDI', vdi, left);
      return;
    } catch (error) {
      if (isXapi(error, 'HANDLE_INVALID', 'OBJECT_NOLONGER_EXISTS')) return;
      if (!isXapi(error, 'VDI_IN_USE', 'OTHER_OPERATION_IN_PROGRESS') || attempt === DESTROY_TRIES) throw error;
    }
    await dropControlDomain(site, vdi, left);
    await pause(FIRST_PAUSE_MS * 2 ** Math.min(attempt, 5), left);
  }
}

/** Connections of the control domain that an export or a copy left. */
async function dropControlDomain(site: Site, vdi: Ref, left: Left): Promise<void> {
  await site.pool.sync(left);
  for (const vbd of site.objects.each('VBD', site.objects.get('VDI', vdi)?.VBDs ?? [])) {
    if (site.objects.get('VM', vbd.VM)?.is_control_domain !== true) continue;
    await site.rpc
      .call('VBD.unplug', { self: vbd.ref }, left)
      .then(() => site.rpc.destroy('VBD', vbd.ref, left))
      .catch((error: unknown) => {
        // It lets go by itself, or refuses still: the next attempt tells.
        if (!isXapi(error)) throw error;
      });
  }
}
