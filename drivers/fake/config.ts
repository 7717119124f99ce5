/** Where a fake host is found: the socket of the fake hypervisor, and which of its many hosts is meant. */
import type { Capability } from '../contract.ts';

export interface FakeConfig {
  /** Path of the unix socket that `hostler fake-hypervisor --socket` listens on; at most 107 bytes. */
  readonly socket: string;
  /** Name of the host; a fake hypervisor that does not know it makes it. */
  readonly host: string;
  /** Capabilities that this host shall not have; absent: it has all. */
  readonly without?: readonly Capability[];
}
