/** The messages that events come as. Older ones wrap the message of a time before registrations had numbers. */
import type { Fields } from '../xdr/codec.ts';
import { struct } from '../xdr/codec.ts';
import { hyper, int, uint, unsignedHyper } from '../xdr/primitives.ts';
import { DOMAIN_JOB_STATS_MAX } from '../types/limits.ts';
import { domain, network, nodeDevice, secret, storagePool } from '../types/references.ts';
import { optionalString, string } from '../types/strings.ts';
import { typedParams } from '../types/typed-params.ts';
import { eventMessage } from './procedure.ts';

const message = <F extends Fields>(event: string, fields: F) => struct(`remote_domain_event_${event}_msg`, { dom: domain, ...fields });

export const lifecycle = eventMessage('domain_event_callback_lifecycle', 318, {
  callbackID: int,
  msg: message('lifecycle', { event: int, detail: int }),
});
export const reboot = eventMessage('domain_event_callback_reboot', 319, { callbackID: int, msg: message('reboot', {}) });
export const rtcChange = eventMessage('domain_event_callback_rtc_change', 320, {
  callbackID: int,
  msg: message('rtc_change', { offset: hyper }),
});
export const watchdog = eventMessage('domain_event_callback_watchdog', 321, {
  callbackID: int,
  msg: message('watchdog', { action: int }),
});
export const ioError = eventMessage('domain_event_callback_io_error', 322, {
  callbackID: int,
  msg: message('io_error', { srcPath: string, devAlias: string, action: int }),
});
export const ioErrorReason = eventMessage('domain_event_callback_io_error_reason', 324, {
  callbackID: int,
  msg: message('io_error_reason', { srcPath: string, devAlias: string, action: int, reason: string }),
});
export const controlError = eventMessage('domain_event_callback_control_error', 325, {
  callbackID: int,
  msg: message('control_error', {}),
});
export const diskChange = eventMessage('domain_event_callback_disk_change', 327, {
  callbackID: int,
  msg: message('disk_change', { oldSrcPath: optionalString, newSrcPath: optionalString, devAlias: string, reason: int }),
});
export const pmWakeup = eventMessage('domain_event_callback_pmwakeup', 329, {
  callbackID: int,
  reason: int,
  msg: message('pmwakeup', {}),
});
export const pmSuspend = eventMessage('domain_event_callback_pmsuspend', 330, {
  callbackID: int,
  reason: int,
  msg: message('pmsuspend', {}),
});
export const pmSuspendDisk = eventMessage('domain_event_callback_pmsuspend_disk', 332, {
  callbackID: int,
  reason: int,
  msg: message('pmsuspend_disk', {}),
});
export const balloonChange = eventMessage('domain_event_callback_balloon_change', 331, {
  callbackID: int,
  msg: message('balloon_change', { actual: unsignedHyper }),
});
export const deviceRemoved = eventMessage('domain_event_callback_device_removed', 333, {
  callbackID: int,
  msg: message('device_removed', { devAlias: string }),
});

export const blockJob2 = eventMessage('domain_event_block_job_2', 339, {
  callbackID: int,
  dom: domain,
  dst: string,
  type: int,
  status: int,
});
export const agentLifecycle = eventMessage('domain_event_callback_agent_lifecycle', 348, {
  callbackID: int,
  dom: domain,
  state: int,
  reason: int,
});
export const deviceAdded = eventMessage('domain_event_callback_device_added', 354, { callbackID: int, dom: domain, devAlias: string });
export const deviceRemovalFailed = eventMessage('domain_event_callback_device_removal_failed', 367, {
  callbackID: int,
  dom: domain,
  devAlias: string,
});
export const jobCompleted = eventMessage('domain_event_callback_job_completed', 363, {
  callbackID: int,
  dom: domain,
  params: typedParams(DOMAIN_JOB_STATS_MAX),
});
export const metadataChange = eventMessage('domain_event_callback_metadata_change', 379, {
  callbackID: int,
  dom: domain,
  type: int,
  nsuri: optionalString,
});
export const blockThreshold = eventMessage('domain_event_block_threshold', 385, {
  callbackID: int,
  dom: domain,
  dev: string,
  path: optionalString,
  threshold: unsignedHyper,
  excess: unsignedHyper,
});
export const memoryFailure = eventMessage('domain_event_memory_failure', 423, {
  callbackID: int,
  dom: domain,
  recipient: int,
  action: int,
  flags: uint,
});

export const networkLifecycle = eventMessage('network_event_lifecycle', 315, { callbackID: int, net: network, event: int, detail: int });
export const storagePoolLifecycle = eventMessage('storage_pool_event_lifecycle', 370, {
  callbackID: int,
  pool: storagePool,
  event: int,
  detail: int,
});
export const storagePoolRefreshed = eventMessage('storage_pool_event_refresh', 373, { callbackID: int, pool: storagePool });
export const nodeDeviceLifecycle = eventMessage('node_device_event_lifecycle', 376, {
  callbackID: int,
  dev: nodeDevice,
  event: int,
  detail: int,
});
export const nodeDeviceUpdated = eventMessage('node_device_event_update', 377, { callbackID: int, dev: nodeDevice });
export const secretLifecycle = eventMessage('secret_event_lifecycle', 382, { callbackID: int, secret, event: int, detail: int });
export const secretValueChanged = eventMessage('secret_event_value_changed', 383, { callbackID: int, secret });
