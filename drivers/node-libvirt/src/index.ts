/** Everything public; README.md shows it at work. */
export { LibvirtClient } from './client/client.ts';
export type { ConnectOptions } from './client/options.ts';
export type { Caller, FlagOptions, LaneOptions } from './client/caller.ts';
export type { CallOptions } from './connection/call-options.ts';
export type { KeepAliveOptions } from './connection/keepalive.ts';
export type { RemoteStream } from './connection/stream.ts';
export type { Credentials } from './auth/credentials.ts';
export type { TlsOptions } from './transport/tls.ts';
export type { SshOptions } from './transport/ssh.ts';
export type { LibvirtUri, TransportKind } from './transport/uri.ts';
export { parseUri } from './transport/uri.ts';

export {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  DeadlineError,
  InvalidArgumentError,
  isLibvirtError,
  LibvirtError,
  ProtocolError,
} from './errors.ts';
export type { RemoteErrorDetail } from './errors.ts';

export type {
  Domain,
  DomainCheckpoint,
  DomainCheckpointRef,
  DomainRef,
  DomainSnapshot,
  DomainSnapshotRef,
  Network,
  NetworkRef,
  NodeDevice,
  NwFilter,
  Secret,
  SecretRef,
  StoragePool,
  StoragePoolRef,
  StorageVolume,
} from './types/references.ts';
export type { TypedInput, TypedInputs, TypedParams, TypedValue } from './types/typed-params.ts';

export type { DomainCapabilitiesQuery, NodeInfo, Version } from './client/host.ts';
export type * from './client/domain-records.ts';
export type { StoragePoolInfo } from './client/storage-pools.ts';
export type { StorageVolumeInfo, TransferOptions } from './client/storage-volumes.ts';
export type { AgentOptions } from './client/qemu.ts';
export type { Listener, ListenOptions, Subscription } from './client/events.ts';
export type {
  DomainEvent,
  DomainEventKind,
  NetworkEvent,
  NetworkEventKind,
  NodeDeviceEvent,
  NodeDeviceEventKind,
  SecretEvent,
  SecretEventKind,
  StoragePoolEvent,
  StoragePoolEventKind,
} from './client/event-kinds.ts';

export * from './constants/domain-flags.ts';
export * from './constants/domain-state.ts';
export * from './constants/errors.ts';
export * from './constants/events.ts';
export * from './constants/network.ts';
export * from './constants/storage.ts';
export { nameOf } from './constants/table.ts';
export { domainStateNames } from './constants/domain-state-names.ts';

/** For procedures that have no method yet: declare one, and `client.call` it. */
export { procedure, qemuProcedure } from './procedures/procedure.ts';
export type { Procedure, Speed } from './procedures/procedure.ts';
/** The protocol's types, to declare procedures with: `codecs.uint`, `codecs.domainRef`, ... */
export * as codecs from './codecs.ts';
