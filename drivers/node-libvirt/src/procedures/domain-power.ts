/** Procedures that start, stop, save and watch domains. All wait for the guest, its storage or another job: they are slow. */
import { flags, int, unsignedHyper } from '../xdr/primitives.ts';
import { DOMAIN_JOB_STATS_MAX } from '../types/limits.ts';
import { domain, domainRef } from '../types/references.ts';
import { string } from '../types/strings.ts';
import { typedParams } from '../types/typed-params.ts';
import { procedure } from './procedure.ts';

export const domainCreateWithFlags = procedure('domain_create_with_flags', 196, { dom: domainRef, flags }, { dom: domain }, 'slow');
export const domainCreateXml = procedure('domain_create_xml', 10, { xml_desc: string, flags }, { dom: domain }, 'slow');
export const domainDestroyFlags = procedure('domain_destroy_flags', 234, { dom: domainRef, flags }, {}, 'slow');
export const domainShutdownFlags = procedure('domain_shutdown_flags', 258, { dom: domainRef, flags }, {}, 'slow');
export const domainReboot = procedure('domain_reboot', 27, { dom: domainRef, flags }, {}, 'slow');
export const domainReset = procedure('domain_reset', 245, { dom: domainRef, flags }, {}, 'slow');
export const domainSuspend = procedure('domain_suspend', 34, { dom: domainRef }, {}, 'slow');
export const domainResume = procedure('domain_resume', 28, { dom: domainRef }, {}, 'slow');

export const domainInjectNmi = procedure('domain_inject_nmi', 210, { dom: domainRef, flags }, {}, 'slow');

export const domainManagedSave = procedure('domain_managed_save', 182, { dom: domainRef, flags }, {}, 'slow');
export const domainManagedSaveRemove = procedure('domain_managed_save_remove', 184, { dom: domainRef, flags }, {}, 'slow');
export const domainHasManagedSaveImage = procedure('domain_has_managed_save_image', 183, { dom: domainRef, flags }, { result: int });

export const domainGetJobInfo = procedure(
  'domain_get_job_info',
  163,
  { dom: domainRef },
  {
    type: int,
    timeElapsed: unsignedHyper,
    timeRemaining: unsignedHyper,
    dataTotal: unsignedHyper,
    dataProcessed: unsignedHyper,
    dataRemaining: unsignedHyper,
    memTotal: unsignedHyper,
    memProcessed: unsignedHyper,
    memRemaining: unsignedHyper,
    fileTotal: unsignedHyper,
    fileProcessed: unsignedHyper,
    fileRemaining: unsignedHyper,
  },
  'slow',
);
export const domainGetJobStats = procedure(
  'domain_get_job_stats',
  298,
  { dom: domainRef, flags },
  { type: int, params: typedParams(DOMAIN_JOB_STATS_MAX) },
  'slow',
);
export const domainAbortJob = procedure('domain_abort_job', 164, { dom: domainRef }, {}, 'slow');
