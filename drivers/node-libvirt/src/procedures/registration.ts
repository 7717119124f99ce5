/** Procedures that ask the daemon for events, and tell it to stop. Each registration has a number, which its events carry. */
import { int } from '../xdr/primitives.ts';
import {
  optionalDomainRef,
  optionalNetworkRef,
  optionalNodeDevice,
  optionalSecretRef,
  optionalStoragePoolRef,
} from '../types/references.ts';
import { procedure } from './procedure.ts';

const registered = { callbackID: int };
const registration = { callbackID: int };

export const domainEventRegister = procedure(
  'connect_domain_event_callback_register_any',
  316,
  { eventID: int, dom: optionalDomainRef },
  registered,
);
export const domainEventDeregister = procedure('connect_domain_event_callback_deregister_any', 317, registration, {});
export const networkEventRegister = procedure(
  'connect_network_event_register_any',
  313,
  { eventID: int, net: optionalNetworkRef },
  registered,
);
export const networkEventDeregister = procedure('connect_network_event_deregister_any', 314, registration, {});
export const storagePoolEventRegister = procedure(
  'connect_storage_pool_event_register_any',
  368,
  { eventID: int, pool: optionalStoragePoolRef },
  registered,
);
export const storagePoolEventDeregister = procedure('connect_storage_pool_event_deregister_any', 369, registration, {});
export const nodeDeviceEventRegister = procedure(
  'connect_node_device_event_register_any',
  374,
  { eventID: int, dev: optionalNodeDevice },
  registered,
);
export const nodeDeviceEventDeregister = procedure('connect_node_device_event_deregister_any', 375, registration, {});
export const secretEventRegister = procedure(
  'connect_secret_event_register_any',
  380,
  { eventID: int, secret: optionalSecretRef },
  registered,
);
export const secretEventDeregister = procedure('connect_secret_event_deregister_any', 381, registration, {});
