/**
 * Every failure as a `DriverError`: one table from XAPI's codes to labels. A code that is not in it is `Unknown`, with its
 * parameters shown: nothing is concluded from what is not known.
 */
import { DriverError, type Label } from '../labels.ts';
import { DeadlineError } from './time.ts';

/** `Change`: something may have happened on the host although no answer came. `Read`: nothing can have. */
export type Effect = 'Read' | 'Change';

/** What XAPI answers when it refuses or fails: a code, and what it is about. */
export class XapiFailure extends Error {
  override readonly name = 'XapiFailure';
  readonly code: string;
  readonly params: readonly string[];

  constructor(code: string, params: readonly string[], options?: { readonly cause?: unknown }) {
    super(params.length === 0 ? code : `${code} (${params.join(', ')})`, options);
    this.code = code;
    this.params = params;
  }
}

/** No connection, or it broke. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** With one of the codes; with any, where none is named. */
export const isXapi = (error: unknown, ...codes: readonly string[]): error is XapiFailure =>
  error instanceof XapiFailure && (codes.length === 0 || codes.includes(error.code));

type Verdict = readonly [label: Label, reason?: string];

const BUSY: Verdict = ['Conflict', 'Busy'];
const NO_MEMORY: Verdict = ['InsufficientCapacity', 'OutOfMemory'];
const NO_SPACE: Verdict = ['InsufficientCapacity', 'OutOfSpace'];
const NO_ACCESS: Verdict = ['Transient', 'AccessDenied'];
const HA: Verdict = ['Conflict', 'RefusedByHighAvailability'];
const IMMOBILE: Verdict = ['Unsupported', 'NotMovable'];

const BY_CODE: Readonly<Record<string, Verdict>> = {
  // What is gone. HANDLE_INVALID of a machine or a disk is told apart below.
  HANDLE_INVALID: ['NotFound'],
  UUID_INVALID: ['NotFound'],
  OBJECT_NOLONGER_EXISTS: ['NotFound'],
  VDI_NOT_AVAILABLE: ['NotFound', 'DiskNotFound'],
  VDI_MISSING: ['NotFound', 'DiskNotFound'],
  VDI_NOT_IN_MAP: ['NotFound', 'DiskNotFound'],

  // What the state of the machine does not allow, in the order in which XAPI looks.
  OPERATION_BLOCKED: ['Conflict', 'OperationBlocked'],
  VM_BAD_POWER_STATE: ['Conflict'],
  OTHER_OPERATION_IN_PROGRESS: BUSY,
  OPERATION_NOT_ALLOWED: ['Conflict', 'OperationNotAllowed'],
  VM_IS_TEMPLATE: ['Conflict', 'IsTemplate'],
  VM_IS_SNAPSHOT: ['Conflict', 'IsSnapshot'],
  OPERATION_PARTIALLY_FAILED: ['Unknown', 'PartiallyFailed'],

  // What the guest or its devices do not let happen.
  VM_LACKS_FEATURE: ['Unsupported', 'GuestToolsMissing'],
  VM_LACKS_FEATURE_SHUTDOWN: ['Unsupported', 'GuestToolsMissing'],
  VM_LACKS_FEATURE_SUSPEND: ['Unsupported', 'GuestToolsMissing'],
  VM_LACKS_FEATURE_STATIC_IP_SETTING: ['Unsupported', 'GuestToolsMissing'],
  VM_LACKS_FEATURE_VCPU_HOTPLUG: ['Unsupported', 'GuestToolsMissing'],
  VM_MISSING_PV_DRIVERS: ['Unsupported', 'GuestToolsMissing'],
  VM_OLD_PV_DRIVERS: ['Unsupported', 'GuestToolsMissing'],
  VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT: ['Transient', 'GuestDidNotAcknowledge'],
  VM_SHUTDOWN_TIMEOUT: ['Transient', 'GuestDidNotShutDown'],
  VM_NON_SUSPENDABLE: ['Unsupported', 'NotSuspendable'],
  VM_IS_IMMOBILE: IMMOBILE,
  VM_HAS_PCI_ATTACHED: IMMOBILE,
  VM_HAS_VGPU: IMMOBILE,
  VM_HAS_VUSBS: IMMOBILE,
  VM_UNSAFE_BOOT: ['Unsupported', 'UnsafeBoot'],
  VM_NO_VCPUS: ['InvalidSpec'],
  VM_CALL_PLUGIN_RATE_LIMIT: ['Transient', 'TooManyCalls'],

  // Disks and devices.
  VDI_IN_USE: ['Conflict', 'DiskInUse'],
  VDI_READONLY: ['Conflict', 'DiskReadOnly'],
  VDI_HAS_RRDS: ['Conflict', 'DiskInUse'],
  VDI_NOT_MANAGED: ['Conflict', 'DiskNotManaged'],
  VDI_IS_A_PHYSICAL_DEVICE: ['Unsupported', 'PoolTypeUnsupported'],
  VDI_IS_ENCRYPTED: ['Unsupported', 'DiskEncrypted'],
  VDI_IO_ERROR: ['Transient', 'DiskError'],
  VDI_TOO_SMALL: ['InvalidSpec', 'DiskTooSmall'],
  VDI_TOO_LARGE: ['InvalidSpec', 'DiskTooLarge'],
  VDI_NOT_SPARSE: ['Unsupported'],
  VDI_COPY_FAILED: ['Transient', 'CopyFailed'],
  DEVICE_ALREADY_ATTACHED: ['Conflict', 'DiskInUse'],
  DEVICE_ALREADY_DETACHED: ['Conflict', 'NotPlugged'],
  DEVICE_ALREADY_EXISTS: ['Conflict', 'DeviceTaken'],
  DEVICE_ATTACH_TIMEOUT: ['Transient', 'DeviceTimeout'],
  DEVICE_DETACH_TIMEOUT: ['Conflict', 'NotReleased'],
  DEVICE_DETACH_REJECTED: ['Conflict', 'NotReleased'],
  DEVICE_NOT_ATTACHED: ['Conflict', 'NotPlugged'],
  INVALID_DEVICE: ['InvalidSpec', 'DeviceUnsupported'],
  VBD_IS_EMPTY: ['Conflict', 'DriveEmpty'],
  VBD_NOT_EMPTY: ['Conflict', 'DriveNotEmpty'],
  VIF_NOT_IN_MAP: ['NotFound'],
  MAC_STILL_EXISTS: ['Conflict', 'MacInUse'],
  MAC_INVALID: ['InvalidSpec', 'MacInvalid'],
  MAC_DOES_NOT_EXIST: ['NotFound'],
  NETWORK_CONTAINS_VIF: ['Conflict'],
  REQUIRED_PIF_IS_UNPLUGGED: ['Transient', 'NetworkInactive'],
  VM_REQUIRES_NETWORK: ['NotFound', 'NetworkNotFound'],
  VM_REQUIRES_SR: ['NotFound', 'PoolNotFound'],

  // Storage repositories.
  SR_FULL: NO_SPACE,
  SR_BACKEND_FAILURE_44: NO_SPACE, // "there is insufficient space"
  SR_BACKEND_FAILURE_46: ['Transient', 'DiskUnavailable'], // "the VDI is not available": a volume that cannot be reached
  SR_BACKEND_FAILURE_79: ['InvalidSpec', 'DiskTooLarge'], // "VDI invalid size"
  SR_BACKEND_FAILURE_109: ['Transient', 'ChainTooLong'], // "the snapshot chain is too long"
  SR_HAS_NO_PBDS: ['NotFound', 'PoolNotFound'],
  SR_NOT_ATTACHED: ['Transient', 'PoolInactive'],
  SR_OPERATION_NOT_SUPPORTED: ['Unsupported', 'PoolTypeUnsupported'],
  SR_NOT_SHARABLE: ['Unsupported'],
  SR_ATTACH_FAILED: ['Transient', 'PoolInactive'],
  SR_DOES_NOT_SUPPORT_MIGRATION: ['Unsupported', 'NotMovable'],

  // Where it can run.
  HOST_NOT_ENOUGH_FREE_MEMORY: NO_MEMORY,
  HOST_NOT_ENOUGH_PCPUS: ['InsufficientCapacity', 'TooFewCpus'],
  NO_HOSTS_AVAILABLE: ['InsufficientCapacity', 'NoHostAvailable'],
  VM_REQUIRES_GPU: ['InsufficientCapacity', 'NoGpu'],
  VM_REQUIRES_VGPU: ['InsufficientCapacity', 'NoGpu'],
  VM_HVM_REQUIRED: ['Unsupported', 'HardwareVirtualizationRequired'],
  VM_INCOMPATIBLE_WITH_THIS_HOST: ['Unsupported', 'CpuIncompatible'],
  VM_HOST_INCOMPATIBLE_VERSION: ['Unsupported', 'HostTooOld'],
  VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION: ['Unsupported', 'HostTooOld'],
  HOST_DISABLED: ['Transient', 'HostDisabled'],
  HOST_DISABLED_UNTIL_REBOOT: ['Transient', 'HostDisabled'],
  HOST_EVACUATE_IN_PROGRESS: ['Transient', 'HostDisabled'],
  HOST_NOT_LIVE: ['HostUnreachable', 'HostNotLive'],
  HOST_OFFLINE: ['HostUnreachable', 'HostNotLive'],
  HOST_IS_LIVE: ['Conflict', 'HostIsLive'],
  HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN: HA,
  HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED: HA,
  HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED: HA,
  LICENSE_RESTRICTION: ['Unsupported', 'LicenceRestriction'],
  LICENCE_RESTRICTION: ['Unsupported', 'LicenceRestriction'],
  FEATURE_RESTRICTED: ['Unsupported', 'LicenceRestriction'],

  // What was asked.
  MEMORY_CONSTRAINT_VIOLATION: ['InvalidSpec'],
  MEMORY_CONSTRAINT_VIOLATION_ORDER: ['InvalidSpec'],
  MEMORY_CONSTRAINT_VIOLATION_MAXPIN: ['InvalidSpec'],
  VALUE_NOT_SUPPORTED: ['InvalidSpec'],
  INVALID_VALUE: ['InvalidSpec'],
  FIELD_TYPE_ERROR: ['InvalidSpec'],
  MESSAGE_PARAMETER_COUNT_MISMATCH: ['Unsupported', 'ServerTooOld'],
  MESSAGE_METHOD_UNKNOWN: ['Unsupported', 'ServerTooOld'],
  MESSAGE_REMOVED: ['Unsupported'],
  MESSAGE_DEPRECATED: ['Unsupported'],
  NOT_IMPLEMENTED: ['Unsupported'],
  MAP_DUPLICATE_KEY: ['Conflict'],
  UNIQUENESS_CONSTRAINT_VIOLATION: ['Conflict'],
  VTPM_MAX_AMOUNT_REACHED: ['Conflict'],
  IMPORT_ERROR: ['InvalidSpec', 'ImageBroken'],

  // The session and the server itself.
  SESSION_AUTHENTICATION_FAILED: ['HostUnreachable', 'AuthenticationFailed'],
  SESSION_INVALID: ['HostUnreachable', 'SessionLost'],
  SESSION_NOT_REGISTERED: ['HostUnreachable', 'SessionLost'],
  HOST_IS_SLAVE: ['HostUnreachable', 'NotTheCoordinator'],
  HOST_STILL_BOOTING: ['HostUnreachable', 'HostStarting'],
  HOST_HAS_NO_MANAGEMENT_IP: ['HostUnreachable'],
  TOO_MANY_PENDING_TASKS: ['Transient', 'TooManyCalls'],
  TASK_CANCELLED: ['Transient', 'Cancelled'],
  RBAC_PERMISSION_DENIED: NO_ACCESS,
  PERMISSION_DENIED: NO_ACCESS,
  OUT_OF_SPACE: NO_SPACE,
};

/** What a member shows is looked at before anything is sent. */
const REFUSED_CERTIFICATES = /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT_ALTNAME_INVALID)/;

export function isCertificateRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return (typeof code === 'string' && REFUSED_CERTIFICATES.test(code)) || isCertificateRefused(cause);
}

/** `what` completes "cannot ...": `start machine web-1`. */
export function toDriverError(error: unknown, what: string, effect: Effect, signal?: AbortSignal): DriverError {
  if (error instanceof DriverError) return error;
  const [label, reason] = signal?.aborted === true ? (['Unknown', 'Aborted'] as const) : verdictOn(error, effect);
  const words = error instanceof Error ? error.message : String(error);
  return new DriverError(label, `cannot ${what}: ${words}`, { cause: error, ...(reason === undefined ? {} : { reason }) });
}

function verdictOn(error: unknown, effect: Effect): Verdict {
  if (error instanceof XapiFailure) return verdictOnCode(error);
  if (error instanceof DeadlineError) return [effect === 'Change' ? 'Unknown' : 'HostUnreachable', 'DeadlineExceeded'];
  if (error instanceof ConnectionError)
    return isCertificateRefused(error) ? ['HostUnreachable', 'CertificateRefused'] : ['HostUnreachable'];
  return ['Unknown'];
}

/** First parameter of HANDLE_INVALID and UUID_INVALID: the class. */
const GONE: Readonly<Record<string, string>> = {
  VM: 'MachineNotFound',
  VDI: 'DiskNotFound',
  SR: 'PoolNotFound',
  network: 'NetworkNotFound',
};
const MISSING: ReadonlySet<string> = new Set(['HANDLE_INVALID', 'UUID_INVALID']);

function verdictOnCode({ code, params: [first = '', , actual = ''] }: XapiFailure): Verdict {
  if (MISSING.has(code) && GONE[first] !== undefined) return ['NotFound', GONE[first]];
  if (code === 'VM_BAD_POWER_STATE') return ['Conflict', `Is${STATES[actual.toLowerCase()] ?? 'Unknown'}`];
  return (Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined) ?? ['Unknown'];
}

const STATES: Readonly<Record<string, string>> = { halted: 'Stopped', running: 'Running', paused: 'Paused', suspended: 'Suspended' };

/** Whether it failed because the machine is there already where the verb was to bring it: in that state of XAPI's, in lower case. */
export const isThereAlready = (error: unknown, ...wanted: readonly string[]): boolean =>
  isXapi(error, 'VM_BAD_POWER_STATE') && wanted.includes((error.params[2] ?? '').toLowerCase());
