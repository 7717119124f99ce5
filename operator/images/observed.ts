/** What the content of an Image was found to be, by what is known now and what was reported earlier. Pure. */
import type { ImageSpec, ImageStatus } from '../../crds/image.ts';
import type { ImageVerdict } from './transfers/base-transfers.ts';

export type Observed = Required<Pick<ImageStatus, 'format' | 'sha256' | 'sizeBytes' | 'virtualSizeBytes'>>;

/**
 * Of the first source, in the order of the spec, that was ever verified. What the spec does not name any more counts for
 * nothing. The sources of one Image may be on different hosts: the first one stays, whichever is fetched next.
 */
export function observedContent(
  { sources }: ImageSpec,
  status: ImageStatus | undefined,
  verdict: ImageVerdict | undefined,
): Observed | undefined {
  const found = [verdict?.kind === 'Verified' ? verdict.content : undefined, reported(status)].filter((each) => each !== undefined);
  for (const { format, checksum } of sources) {
    const match = found.find((each) => each.format === format && each.sha256 === checksum.sha256);
    if (match !== undefined) return { format, sha256: match.sha256, sizeBytes: match.sizeBytes, virtualSizeBytes: match.virtualSizeBytes };
  }
  return undefined;
}

function reported({ format, sha256, sizeBytes, virtualSizeBytes }: ImageStatus = {}): Observed | undefined {
  if (format === undefined || sha256 === undefined || sizeBytes === undefined || virtualSizeBytes === undefined) return undefined;
  return { format, sha256, sizeBytes, virtualSizeBytes };
}
