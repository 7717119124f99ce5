/** Whether a store works: a small file is put there, read back and removed. */
import type { Store } from './store.ts';
import { DriverError } from '../../drivers/labels.ts';

export async function probe(store: Store, key: string, signal: AbortSignal): Promise<void> {
  const content = new TextEncoder().encode('hostler looks whether it can write here\n');
  await store.put(key, content.length, (sink) => sink(content), signal);
  const size = await store.sizeOf(key, signal);
  if (size !== content.length)
    throw new DriverError('Transient', `it has ${size ?? 'none'} of the ${content.length} bytes of ${key} that it took`, {
      reason: 'StoreCopyDamaged',
    });
  await store.remove(key, signal);
  if ((await store.sizeOf(key, signal)) !== undefined)
    throw new DriverError('Transient', `it still has ${key} after it was deleted`, { reason: 'StoreKeepsFiles' });
}
