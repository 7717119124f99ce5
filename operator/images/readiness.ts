/**
 * Whether an Image can be used as far as is known: what its sources are plainly worth, and what fetching one of them showed.
 * Pure. Nothing is fetched to find out.
 */
import type { ImageSpec } from '../../crds/image.ts';
import { isIP } from 'node:net';
import type { Readiness } from '../reporting/readiness.ts';
import type { AddressPolicy } from './download/addresses.ts';
import type { ImageVerdict } from './transfers/base-transfers.ts';

/** `verdict`: of this generation. Undefined when nothing is known but the spec, and that is fine. */
export function judgeImage(spec: ImageSpec, verdict: ImageVerdict | undefined, addresses: AddressPolicy): Readiness | undefined {
  const problems = spec.sources.map(({ http }) => findProblem(http.url, addresses));
  const [first] = problems;
  if (first !== undefined && problems.every((problem) => problem !== undefined)) return first;
  if (verdict === undefined) return undefined;
  switch (verdict.kind) {
    case 'Verified':
      return { kind: 'Settled', reason: 'Verified', message: `${verdict.sizeBytes} bytes, a disk of ${verdict.virtualSizeBytes} bytes` };
    case 'Failed': {
      const { label, reason, message } = verdict.error;
      return {
        kind: label === 'InvalidSpec' ? 'Stuck' : 'Waiting',
        reason,
        message: `Fetching it for Hypervisor ${verdict.hypervisorName} failed: ${message}`,
      };
    }
  }
}

/** An Image of which nothing is known yet. */
export const NOT_FETCHED: Readiness = {
  kind: 'Settled',
  reason: 'NotFetched',
  message: 'It is fetched and verified when an Instance needs it',
};

function findProblem(text: string, addresses: AddressPolicy): Readiness | undefined {
  if (!URL.canParse(text)) return { kind: 'Stuck', reason: 'UnsupportedUrl', message: `"${text}" is no url` };
  const host = new URL(text).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0 || addresses.permits(host)) return undefined;
  return {
    kind: 'Stuck',
    reason: 'AddressDenied',
    message: `Images are not fetched from ${host}: use another host, or have images.deniedCIDRs changed`,
  };
}
