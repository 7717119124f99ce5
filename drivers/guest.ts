/**
 * What the agent in a guest is asked and told: the plain records of the contract's guest verbs.
 *
 * A guest may say anything. Drivers check the shape of what it says and drop what is not of it; how much of it is kept is
 * for whoever keeps it.
 */

import type { Call } from './contract.ts';
import type { Target } from './owner.ts';

/** Why an agent could not be asked, as reasons of a `Transient` failure: it may come up, or come back, at any moment. */
export const AGENT_NOT_AVAILABLE = 'AgentNotAvailable';
export const AGENT_NOT_RESPONDING = 'AgentNotResponding';
/** The agent was asked, and said no: reason of an `InvalidSpec`. */
export const GUEST_REFUSED = 'GuestRefused';

/** A guest verb of the contract, as the others there. */
export interface GuestNetwork {
  /**
   * Has the guest read its network configuration again, and waits until it has. A guest that knows no way that the driver
   * knows: `Unsupported`, reason `NetworkResetUnsupported`; one whose way ends badly: `InvalidSpec`, reason `GuestRefused`.
   */
  resetGuestNetwork(target: Target, call: Call): Promise<void>;
}

/** Reason of an `Unsupported`: the guest has no program for it that is known here. */
export const NETWORK_RESET_UNSUPPORTED = 'NetworkResetUnsupported';

/** Every part is absent where this agent cannot tell it. While the file systems are frozen, an agent tells little else. */
export interface GuestReport {
  readonly agentVersion?: string;
  readonly hostname?: string;
  readonly os?: GuestOs;
  readonly interfaces?: readonly GuestInterface[];
  readonly fileSystems?: readonly GuestFileSystem[];
  /** Writes to its file systems are held back. */
  readonly frozen?: boolean;
}

/** As the guest calls itself; for people. */
export interface GuestOs {
  /** `debian`. */
  readonly id?: string;
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly name?: string;
  readonly version?: string;
  readonly kernel?: string;
}

export interface GuestInterface {
  /** In the guest: `eth0`. */
  readonly name: string;
  /** Lower case. */
  readonly mac?: string;
  /** Without prefix lengths; those of the loopback interface too. */
  readonly addresses: readonly string[];
}

export interface GuestFileSystem {
  readonly mountpoint: string;
  /** `ext4`, `NTFS`. */
  readonly type: string;
  readonly device?: string;
  readonly sizeBytes?: number;
}

export interface GuestPassword {
  readonly user: string;
  readonly password: string;
}

/** A file with its whole content, which replaces what was there. */
export interface GuestFile {
  /** Absolute, as the guest writes paths. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Octal; absent: the guest's own idea. */
  readonly mode?: string;
}
