/** The kinds of events: the number to ask for each, the message it comes as, and the record a listener gets. */
import type { EventMessage } from '../procedures/procedure.ts';
import * as messages from '../procedures/event-messages.ts';
import type { XdrReader } from '../xdr/reader.ts';

export interface EventKind<E> {
  /** libvirt's number of the event (`VIR_DOMAIN_EVENT_ID_...`). */
  readonly id: number;
  readonly messageNumber: number;
  /** Reads a whole message: whose it is, and what it says. */
  read(reader: XdrReader): { readonly callbackId: number; readonly event: E };
}

function kind<P extends { readonly callbackID: number }, E>(
  id: number,
  message: EventMessage<P>,
  toEvent: (payload: P) => E,
): EventKind<E> {
  return {
    id,
    messageNumber: message.number,
    read(reader): { callbackId: number; event: E } {
      const payload = message.payload.read(reader);
      reader.finish();
      return { callbackId: payload.callbackID, event: toEvent(payload) };
    },
  };
}

export const DOMAIN_EVENTS = {
  /** `event`: one of `DomainEventType`; `detail`: of the table that belongs to it, `DomainEventStoppedDetail` and so on. */
  lifecycle: kind(0, messages.lifecycle, ({ msg }) => ({ domain: msg.dom, event: msg.event, detail: msg.detail })),
  reboot: kind(1, messages.reboot, ({ msg }) => ({ domain: msg.dom })),
  /** `offset`: seconds from UTC. */
  rtcChange: kind(2, messages.rtcChange, ({ msg }) => ({ domain: msg.dom, offsetSeconds: msg.offset })),
  /** `action`: one of `DomainWatchdogAction`. */
  watchdog: kind(3, messages.watchdog, ({ msg }) => ({ domain: msg.dom, action: msg.action })),
  /** `action`: one of `DomainIoErrorAction`. */
  ioError: kind(4, messages.ioError, ({ msg }) => ({ domain: msg.dom, path: msg.srcPath, deviceAlias: msg.devAlias, action: msg.action })),
  /** As `ioError`; `reason`: `enospc`, or empty. */
  ioErrorReason: kind(6, messages.ioErrorReason, ({ msg }) => ({
    domain: msg.dom,
    path: msg.srcPath,
    deviceAlias: msg.devAlias,
    action: msg.action,
    reason: msg.reason,
  })),
  controlError: kind(7, messages.controlError, ({ msg }) => ({ domain: msg.dom })),
  diskChange: kind(9, messages.diskChange, ({ msg }) => ({
    domain: msg.dom,
    oldPath: msg.oldSrcPath,
    newPath: msg.newSrcPath,
    deviceAlias: msg.devAlias,
    reason: msg.reason,
  })),
  pmWakeup: kind(11, messages.pmWakeup, ({ msg }) => ({ domain: msg.dom })),
  pmSuspend: kind(12, messages.pmSuspend, ({ msg }) => ({ domain: msg.dom })),
  balloonChange: kind(13, messages.balloonChange, ({ msg }) => ({ domain: msg.dom, actualKiB: msg.actual })),
  pmSuspendDisk: kind(14, messages.pmSuspendDisk, ({ msg }) => ({ domain: msg.dom })),
  deviceRemoved: kind(15, messages.deviceRemoved, ({ msg }) => ({ domain: msg.dom, deviceAlias: msg.devAlias })),
  /** `disk`: as in the definition (`vda`); `type`: one of `BlockJobType`; `status`: one of `BlockJobStatus`. */
  blockJob: kind(16, messages.blockJob2, ({ dom, dst, type, status }) => ({ domain: dom, disk: dst, type, status })),
  /** `state`: one of `AgentLifecycleState`; `reason`: one of `AgentLifecycleReason`. */
  agentLifecycle: kind(18, messages.agentLifecycle, ({ dom, state, reason }) => ({ domain: dom, state, reason })),
  deviceAdded: kind(19, messages.deviceAdded, ({ dom, devAlias }) => ({ domain: dom, deviceAlias: devAlias })),
  /** `params`: as of `domains.jobStats`. */
  jobCompleted: kind(21, messages.jobCompleted, ({ dom, params }) => ({ domain: dom, params })),
  deviceRemovalFailed: kind(22, messages.deviceRemovalFailed, ({ dom, devAlias }) => ({ domain: dom, deviceAlias: devAlias })),
  /** `type`: one of `DomainMetadataType`. */
  metadataChange: kind(23, messages.metadataChange, ({ dom, type, nsuri }) => ({ domain: dom, type, uri: nsuri })),
  blockThreshold: kind(24, messages.blockThreshold, ({ dom, dev, path, threshold, excess }) => ({
    domain: dom,
    disk: dev,
    path,
    thresholdBytes: threshold,
    excessBytes: excess,
  })),
  /** `recipient`: one of `MemoryFailureRecipient`; `action`: one of `MemoryFailureAction`. */
  memoryFailure: kind(25, messages.memoryFailure, ({ dom, recipient, action, flags }) => ({ domain: dom, recipient, action, flags })),
} as const;

export const NETWORK_EVENTS = {
  /** `event`: one of `NetworkEventType`. */
  lifecycle: kind(0, messages.networkLifecycle, ({ net, event }) => ({ network: net, event })),
} as const;

export const STORAGE_POOL_EVENTS = {
  /** `event`: one of `StoragePoolEventType`. */
  lifecycle: kind(0, messages.storagePoolLifecycle, ({ pool, event }) => ({ pool, event })),
  refreshed: kind(1, messages.storagePoolRefreshed, ({ pool }) => ({ pool })),
} as const;

export const NODE_DEVICE_EVENTS = {
  /** `event`: one of `NodeDeviceEventType`. */
  lifecycle: kind(0, messages.nodeDeviceLifecycle, ({ dev, event }) => ({ device: dev, event })),
  updated: kind(1, messages.nodeDeviceUpdated, ({ dev }) => ({ device: dev })),
} as const;

export const SECRET_EVENTS = {
  /** `event`: one of `SecretEventType`. */
  lifecycle: kind(0, messages.secretLifecycle, ({ secret, event }) => ({ secret, event })),
  valueChanged: kind(1, messages.secretValueChanged, ({ secret }) => ({ secret })),
} as const;

export type EventOf<K> = K extends EventKind<infer E> ? E : never;
export type DomainEventKind = keyof typeof DOMAIN_EVENTS;
export type DomainEvent<K extends DomainEventKind> = EventOf<(typeof DOMAIN_EVENTS)[K]>;
export type NetworkEventKind = keyof typeof NETWORK_EVENTS;
export type NetworkEvent<K extends NetworkEventKind> = EventOf<(typeof NETWORK_EVENTS)[K]>;
export type StoragePoolEventKind = keyof typeof STORAGE_POOL_EVENTS;
export type StoragePoolEvent<K extends StoragePoolEventKind> = EventOf<(typeof STORAGE_POOL_EVENTS)[K]>;
export type NodeDeviceEventKind = keyof typeof NODE_DEVICE_EVENTS;
export type NodeDeviceEvent<K extends NodeDeviceEventKind> = EventOf<(typeof NODE_DEVICE_EVENTS)[K]>;
export type SecretEventKind = keyof typeof SECRET_EVENTS;
export type SecretEvent<K extends SecretEventKind> = EventOf<(typeof SECRET_EVENTS)[K]>;
