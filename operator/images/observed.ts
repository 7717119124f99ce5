/** What the content of an Image was found to be, by what is known now and what was reported earlier. Pure. */
import type { ImageSpec, ImageStatus } from '../../crds/image.ts';
import type { ImageVerdict } from './transfers/base-transfers.ts';

export type Observed = Required<Pick<ImageStatus, 'format' | 'sizeBytes' | 'virtualSizeBytes'>> & Pick<ImageStatus, 'sha256'>;

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
    const match = found.find((each) => each.format === format && each.sha256 === checksum?.sha256);
    if (match !== undefined) return observed(match);
  }
  return undefined;
}

const observed = ({ format, sha256, sizeBytes, virtualSizeBytes }: Observed): Observed => ({
  format,
  ...(sha256 !== undefined && { sha256 }),
  sizeBytes,
  virtualSizeBytes,
});

function reported({ format, sizeBytes, virtualSizeBytes, ...rest }: ImageStatus = {}): Observed | undefined {
  if (format === undefined || sizeBytes === undefined || virtualSizeBytes === undefined) return undefined;
  return observed({ ...rest, format, sizeBytes, virtualSizeBytes });
}
