/**
 * Whether an Image can be used as far as is known: what its sources are plainly worth, and what fetching one of them showed.
 * Pure. Nothing is fetched to find out.
 */
import type { ImageSource, ImageSpec, ImageStatus } from '../../crds/image.ts';
import { isIP } from 'node:net';
import type { Readiness } from '../reporting/readiness.ts';
import type { AddressPolicy } from './download/addresses.ts';
import type { Observed } from './observed.ts';
import { repositoryOf } from './oci/reference.ts';
import type { ImageVerdict } from './transfers/base-transfers.ts';
import { awaitedUpload, uploaded, uploadSource } from './upload/upload.ts';

/**
 * `verdict`: of this generation, undefined when there is none; `observed`: what was ever verified and is still asked for.
 * Undefined when nothing is known but the spec, and that is fine.
 */
export function judgeImage(
  spec: ImageSpec,
  verdict: ImageVerdict | undefined,
  observed: Observed | undefined,
  addresses: AddressPolicy,
  { locations = [], upload }: Pick<ImageStatus, 'locations' | 'upload'> = {},
): Readiness | undefined {
  const problems = spec.sources.map((source) => findProblem(source, locations, upload, addresses));
  const [first] = problems;
  if (first !== undefined && problems.every((problem) => problem !== undefined)) return first;
  if (verdict?.kind === 'Failed') {
    const { label, reason, message } = verdict.error;
    return {
      kind: label === 'InvalidSpec' ? 'Stuck' : 'Waiting',
      reason,
      message: `Fetching it for Hypervisor ${verdict.hypervisorName} failed: ${message}`,
    };
  }
  if (verdict !== undefined && observed !== undefined) return verified(observed);
  // Whatever was said before it was there is outdated.
  return upload?.sizeBytes === undefined || uploadSource(spec) === undefined ? undefined : observed ? verified(observed) : uploaded(upload);
}

/** An Image of which nothing new is known: of this generation nothing at all was said yet. */
export function unfetched(observed: Observed | undefined): Readiness {
  if (observed !== undefined) return verified(observed);
  return { kind: 'Settled', reason: 'NotFetched', message: 'It is fetched and verified when an Instance needs it' };
}

function verified({ sizeBytes, virtualSizeBytes }: Observed): Readiness {
  return { kind: 'Settled', reason: 'Verified', message: `${sizeBytes} bytes, a disk of ${virtualSizeBytes} bytes` };
}

function findProblem(
  { http, oci, upload: asked }: ImageSource,
  locations: readonly unknown[],
  upload: ImageStatus['upload'],
  addresses: AddressPolicy,
): Readiness | undefined {
  if (asked !== undefined) return awaitedUpload(upload);
  const text = http?.url ?? (oci && repositoryOf(oci).origin);
  if (text === undefined) return locations.length > 0 ? undefined : NO_CONTENT;
  if (!URL.canParse(text)) return { kind: 'Stuck', reason: 'UnsupportedUrl', message: `"${text}" is no url` };
  const host = new URL(text).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0 || addresses.permits(host)) return undefined;
  return {
    kind: 'Stuck',
    reason: 'AddressDenied',
    message: `Images are not fetched from ${host}: use another host, or have it added to images.allowedCIDRs`,
  };
}

/** Nobody may name a volume on a host: only who made it writes down where it is. */
const NO_CONTENT: Readiness = {
  kind: 'Waiting',
  reason: 'ContentMissing',
  message: 'It has no content: an Image of a snapshot is made by its InstanceSnapshot, and cannot be written by hand',
};
