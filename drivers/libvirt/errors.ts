/** Every failure of a call as a `DriverError`: one table from libvirt's codes to labels, and what the connection itself can do. */
import {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  DeadlineError,
  ErrorCode as Code,
  InvalidArgumentError,
  LibvirtError,
  ProtocolError,
} from 'node-libvirt';
import { DriverError, type Label } from '../labels.ts';

/** `Change`: something may have happened on the host although no answer came. `Read`: nothing can have. */
export type Effect = 'Read' | 'Change';

interface Verdict {
  readonly label: Label;
  readonly reason?: string;
}

/** What is not here is `Transient`: the host answered, so its state can be looked at, and trying again may help. */
const BY_CODE: Readonly<Record<number, Verdict>> = {
  [Code.NO_DOMAIN]: { label: 'NotFound', reason: 'MachineNotFound' },
  [Code.NO_STORAGE_POOL]: { label: 'NotFound', reason: 'PoolNotFound' },
  [Code.NO_STORAGE_VOL]: { label: 'NotFound', reason: 'DiskNotFound' },
  [Code.NO_NETWORK]: { label: 'NotFound', reason: 'NetworkNotFound' },
  [Code.NO_SECRET]: { label: 'NotFound' },
  [Code.NO_NWFILTER]: { label: 'NotFound' },
  [Code.NO_DOMAIN_METADATA]: { label: 'NotFound' },
  [Code.DEVICE_MISSING]: { label: 'NotFound' },

  [Code.DOM_EXIST]: { label: 'Conflict', reason: 'InstanceExists' },
  [Code.STORAGE_VOL_EXIST]: { label: 'Conflict', reason: 'DiskExists' },
  [Code.OPERATION_INVALID]: { label: 'Conflict' }, // the state it is in does not allow it
  [Code.OPERATION_TIMEOUT]: { label: 'Conflict', reason: 'Busy' }, // another job holds the lock
  [Code.RESOURCE_BUSY]: { label: 'Conflict', reason: 'Busy' },
  [Code.BLOCK_COPY_ACTIVE]: { label: 'Conflict', reason: 'Busy' },

  [Code.XML_ERROR]: { label: 'InvalidSpec' },
  [Code.XML_DETAIL]: { label: 'InvalidSpec' },
  [Code.XML_INVALID_SCHEMA]: { label: 'InvalidSpec' },
  [Code.NO_NAME]: { label: 'InvalidSpec', reason: 'InvalidName' },
  [Code.INVALID_ARG]: { label: 'InvalidSpec' },
  [Code.INVALID_MAC]: { label: 'InvalidSpec' },
  [Code.OS_TYPE]: { label: 'InvalidSpec' },
  [Code.CONFIG_UNSUPPORTED]: { label: 'InvalidSpec' },

  [Code.NO_SUPPORT]: { label: 'Unsupported' },
  [Code.OPERATION_UNSUPPORTED]: { label: 'Unsupported' },
  [Code.ARGUMENT_UNSUPPORTED]: { label: 'Unsupported' },
  [Code.CPU_INCOMPATIBLE]: { label: 'Unsupported', reason: 'CpuIncompatible' },

  [Code.NO_MEMORY]: { label: 'InsufficientCapacity' },
  [Code.AUTH_FAILED]: { label: 'HostUnreachable', reason: 'AuthenticationFailed' },
  [Code.AUTH_CANCELLED]: { label: 'HostUnreachable', reason: 'AuthenticationFailed' },
  [Code.AUTH_UNAVAILABLE]: { label: 'HostUnreachable', reason: 'AuthenticationFailed' },
  [Code.ACCESS_DENIED]: { label: 'Transient', reason: 'AccessDenied' },
  [Code.OPERATION_DENIED]: { label: 'Transient', reason: 'AccessDenied' },
};

/** `SYSTEM_ERROR` carries the host's errno. */
const BY_ERRNO: Readonly<Record<number, Verdict>> = {
  12: { label: 'InsufficientCapacity', reason: 'OutOfMemory' }, // ENOMEM
  16: { label: 'Conflict', reason: 'Busy' }, // EBUSY
  28: { label: 'InsufficientCapacity', reason: 'OutOfSpace' }, // ENOSPC
};

/** What QEMU says comes as an internal error: only its words tell it apart. */
const BY_WORDS: readonly (readonly [RegExp, Verdict])[] = [
  [/cannot set up guest memory|Cannot allocate memory/, { label: 'InsufficientCapacity', reason: 'OutOfMemory' }],
  [/No space left on device/, { label: 'InsufficientCapacity', reason: 'OutOfSpace' }],
  [/Unable to find any firmware/, { label: 'Unsupported', reason: 'FirmwareUnsupported' }],
  [/hugetlbfs/, { label: 'Unsupported', reason: 'HugePagesUnsupported' }],
  [/cannot limit locked memory/, { label: 'Unsupported', reason: 'LockedMemoryUnsupported' }],
  [/cannot set CPU affinity|cpuset\.cpus/, { label: 'Unsupported', reason: 'HostCpusUnsupported' }],
  [/NUMA node .* is unavailable|cpuset\.mems/, { label: 'Unsupported', reason: 'HostNodesUnsupported' }],
  // The kernel has not what limits a card: sch_htb, sch_sfq, act_police.
  [/\(tc .*unexpected exit status/, { label: 'Unsupported', reason: 'BandwidthUnsupported' }],
  [/O_DIRECT/, { label: 'Unsupported', reason: 'DirectIOUnsupported' }],
  [/storage pool '.*' is not active/, { label: 'Transient', reason: 'PoolInactive' }],
  [/pool '.*' has asynchronous jobs running/, { label: 'Transient', reason: 'PoolBusy' }],
  [/network '.*' is not active/, { label: 'Transient', reason: 'NetworkInactive' }],
  [/Cannot access storage file/, { label: 'NotFound', reason: 'DiskNotFound' }],
  [/already exists with uuid/, { label: 'Conflict', reason: 'InstanceExists' }],
];

/** `what` completes "cannot ...": `start machine web-1`. */
export function toDriverError(error: unknown, what: string, effect: Effect, signal?: AbortSignal): DriverError {
  if (error instanceof DriverError) return error;
  const { label, reason } = signal?.aborted === true ? ABORTED : verdictOn(error, effect);
  const words = error instanceof Error ? error.message : String(error);
  return new DriverError(label, `cannot ${what}: ${words}`, { cause: error, ...(reason === undefined ? {} : { reason }) });
}

const ABORTED: Verdict = { label: 'Unknown', reason: 'Aborted' };

function verdictOn(error: unknown, effect: Effect): Verdict {
  if (error instanceof LibvirtError) return verdictOnReply(error);
  if (error instanceof DeadlineError) return { label: effect === 'Change' ? 'Unknown' : 'HostUnreachable', reason: 'DeadlineExceeded' };
  if (error instanceof AuthenticationError) return { label: 'HostUnreachable', reason: 'AuthenticationFailed' };
  if (error instanceof ConnectError || error instanceof ConnectionLostError || error instanceof ProtocolError)
    return { label: 'HostUnreachable' };
  if (error instanceof InvalidArgumentError) return { label: 'InvalidSpec' };
  return { label: 'Unknown' };
}

function verdictOnReply(error: LibvirtError): Verdict {
  const byErrno = error.code === Code.SYSTEM_ERROR ? BY_ERRNO[error.int1] : undefined;
  return byErrno ?? verdictOnWords(error.message) ?? BY_CODE[error.code] ?? { label: 'Transient' };
}

/** Of QEMU's own words; undefined: they tell nothing. */
export const verdictOnWords = (message: string): Verdict | undefined => BY_WORDS.find(([words]) => words.test(message))?.[1];
