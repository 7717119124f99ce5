/** Deleting the Volume that an Instance booted from. */
import type { ApiClient } from '../../kernel/api/client.ts';
import { isConflict, isNotFound } from '../../kernel/api/errors.ts';
import { VOLUMES } from '../../resources.ts';
import type { InstanceServices } from '../services.ts';

/** A conflict says that the Volume of that name has another uid. */
export const volumeDeletion =
  (client: Pick<ApiClient, 'delete'>): InstanceServices['deleteVolume'] =>
  async (ref, uid, call) => {
    try {
      await client.delete(VOLUMES, ref, call, { uid });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  };
