/** The bytes of a copy in an ImageStore, as of an image that is fetched; only that an administrator said where it is. */
import type { Clock } from '../kernel/clock.ts';
import type { Readable } from '../stores/store.ts';
import type { AddressPolicy } from './download/addresses.ts';
import { download, type DownloadPolicy } from './download/download.ts';

/** Whoever may name a store may have the operator connect anywhere, as with a Hypervisor. */
const ANYWHERE: AddressPolicy = { permits: () => true };

export async function* readStored(
  readable: () => Promise<Readable>,
  policy: DownloadPolicy,
  clock: Clock,
  signal: AbortSignal,
  onSize: (bytes: number | undefined) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { url, signed, headers, trustedCertificates } = await readable();
  const trusted = trustedCertificates === undefined ? {} : { trustedCertificates };
  const within = { ...policy, addresses: ANYWHERE, maxRedirects: 0, ...trusted };
  yield* download(signed?.() ?? url, within, clock, signal, ({ totalBytes }) => onSize(totalBytes), headers);
}
