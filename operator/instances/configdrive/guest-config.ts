/** What a guest is to be told, before it is laid out for one reader or another. Plain data: the same config gives the same drive. */
import type { ConfigDriveDevice, ConfigDriveFormat, ConfigDriveLayout } from '../../../crds/vocabulary.ts';

export interface GuestConfig {
  /** What cloud-init takes for "the same instance": a change makes it configure the guest anew. */
  readonly instanceId: string;
  readonly name: string;
  readonly namespace: string;
  readonly hostname: string;
  /** For whatever account the guest takes for its administrator's. */
  readonly adminPassword?: string | undefined;
  readonly userData?: Uint8Array | undefined;
  readonly vendorData?: Uint8Array | undefined;
  readonly files: readonly GuestFile[];
  readonly sshAuthorizedKeys: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the spec. */
  readonly interfaces: readonly GuestInterface[];
  /** Disks that the guest is told more of than it sees. Absent: none. */
  readonly taggedDisks?: readonly TaggedDisk[];
}

export interface TaggedDisk {
  readonly bus: 'virtio' | 'scsi' | 'sata';
  readonly serial: string;
  readonly tag: string;
}

export interface GuestFile {
  /** Absolute. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Octal. */
  readonly mode?: string | undefined;
  /** `user` or `user:group`. */
  readonly owner?: string | undefined;
}

export interface GuestInterface {
  readonly name: string;
  readonly mac: string;
  readonly mtu?: number | undefined;
  readonly dns: readonly string[];
  readonly addressing: readonly Addressing[];
}

/** One way in which an interface gets an address. */
export type Addressing =
  | { readonly kind: 'DHCPv4' }
  /** By router advertisements. */
  | { readonly kind: 'SLAAC' }
  | {
      readonly kind: 'Static';
      readonly family: Family;
      readonly address: string;
      readonly prefixLength: number;
      /** The default route is the one to `0.0.0.0/0` or `::/0`. */
      readonly routes: readonly GuestRoute[];
    };

export type Family = 4 | 6;

export interface GuestRoute {
  /** In CIDR form. */
  readonly destination: string;
  readonly gateway: string;
}

/** How it is handed over; every absence filled in. */
export interface DriveShape {
  readonly layout: ConfigDriveLayout;
  readonly format: ConfigDriveFormat;
  readonly device: ConfigDriveDevice;
}

/** A file on the drive. */
export interface DriveFile {
  /** Relative, with `/` between folders: `openstack/latest/user_data`. */
  readonly path: string;
  readonly content: Uint8Array;
}

export const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
export const jsonFile = (path: string, value: unknown): DriveFile => ({ path, content: encoded(JSON.stringify(value)) });
