/** Stages of a life that an Instance goes into and comes back from: a rescue, and being put away. */
import { edit, type Operation } from './say.ts';

export const STAGE_OPERATIONS: Readonly<Record<string, Operation>> = {
  'a rescue is asked for': edit({ rescue: { imageName: 'rescue-system' } }),
  'a rescue for a minute is asked for': edit({ rescue: { imageName: 'rescue-system', timeout: '1m' } }),
  'a rescue with another image is asked for': edit({ rescue: { imageName: 'next' } }),
  'a rescue with an image that is missing': edit({ rescue: { imageName: 'missing' } }),
  'a rescue with a password that is missing': edit({
    rescue: { imageName: 'rescue-system', passwordSecretKeyRef: { name: 'missing', key: 'k' } },
  }),
  'the rescue is withdrawn': edit({ rescue: null }),
  'it is put away': edit({ lifecycle: { state: 'SoftDeleted' } }),
  'it is put away for a minute': edit({ lifecycle: { state: 'SoftDeleted', reclaimAfter: '1m' } }),
  'it is shelved': edit({ lifecycle: { state: 'Shelved' } }),
  'it is shelved, and stays for a minute': edit({ lifecycle: { state: 'Shelved', offloadAfter: '1m' } }),
  'it is in use again': edit({ lifecycle: null }),
};
