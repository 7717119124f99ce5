/** Procedures of block jobs: work of the hypervisor on one disk of a running domain. All may wait for the guest: they are slow. */
import { flags, int, unsignedHyper } from '../xdr/primitives.ts';
import { DOMAIN_BLOCK_COPY_PARAMETERS_MAX } from '../types/limits.ts';
import { domainRef } from '../types/references.ts';
import { optionalString, string } from '../types/strings.ts';
import { typedInputs } from '../types/typed-params.ts';
import { procedure } from './procedure.ts';

const disk = { dom: domainRef, path: string };

export const domainBlockCopy = procedure(
  'domain_block_copy',
  345,
  { ...disk, destxml: string, params: typedInputs(DOMAIN_BLOCK_COPY_PARAMETERS_MAX), flags },
  {},
  'slow',
);
export const domainBlockJobAbort = procedure('domain_block_job_abort', 237, { ...disk, flags }, {}, 'slow');
export const domainGetBlockJobInfo = procedure(
  'domain_get_block_job_info',
  238,
  { ...disk, flags },
  { found: int, type: int, bandwidth: unsignedHyper, cur: unsignedHyper, end: unsignedHyper },
  'slow',
);
export const domainBlockRebase = procedure(
  'domain_block_rebase',
  266,
  { ...disk, base: optionalString, bandwidth: unsignedHyper, flags },
  {},
  'slow',
);
