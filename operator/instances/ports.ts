/** What the Instance controller needs of other parts of the operator, and does not make itself. */
import type { BaseImage, CapturedBase, CaptureSpec } from '../../drivers/contract.ts';
import type { DriverError, Label } from '../../drivers/labels.ts';
import type { Image } from '../../crds/image.ts';
import type { Target } from '../../drivers/owner.ts';
import type { Host } from '../hypervisors/host.ts';

/** One image in one pool of one host. */
export interface BaseRequest {
  readonly host: Host;
  /** Name of the pool as the host knows it. */
  readonly pool: string;
  /** Of a pool that several hosts reach: it is brought there once. */
  readonly sharedId?: string | undefined;
  readonly image: Image;
  /** Whoever asks holds it: it is there also while it is being deleted. */
  readonly held?: boolean;
}

export type BaseState =
  /** Complete and verified: disks can be made on it. */
  | { readonly kind: 'Ready'; readonly base: BaseImage }
  /** A transfer is under way; whole percent where the size is known. */
  | { readonly kind: 'InProgress'; readonly percent: number | undefined; readonly message: string }
  /**
   * The last transfer failed and the next is not due before `retryAt` (epoch milliseconds), or before the Image changes.
   * `reason` is CamelCase, for the condition: `ChecksumMismatch`, `SourceUnreachable`, `UnsafeImage`. Of
   * label `InvalidSpec` it cannot succeed before the Image changes.
   */
  | { readonly kind: 'Failed'; readonly label: Label; readonly reason: string; readonly message: string; readonly retryAt: number };

export interface BaseImages {
  /**
   * The base of this image in this pool, if it is there; if not, its transfer is begun, or joined, and goes on in the
   * background. Returns soon: at most one quick reading of the host. Rejects with a `DriverError` when the host cannot
   * be asked, and with `Unsupported` when the image has no source that the host can boot.
   */
  ensure(request: BaseRequest, signal: AbortSignal): Promise<BaseState>;
  /** Called when a transfer ended, failed, or came a good deal further. Returns the way to stop. */
  onChange(listener: (image: { readonly namespace: string; readonly name: string }, hypervisorName: string) => void): () => void;
}

export interface CaptureRequest {
  readonly host: Host;
  /** The machine that has the disk; undefined: none has. */
  readonly target: Target | undefined;
  /** Told when something came of it: the Instance, or the Volume that begins as the copy. */
  readonly subject: { readonly namespace: string; readonly name: string };
  readonly capture: CaptureSpec;
}

export type CaptureState =
  | { readonly kind: 'Done'; readonly base: CapturedBase }
  | { readonly kind: 'InProgress'; readonly percent: number | undefined; readonly message: string }
  /** Told once: asked again it is begun again. */
  | { readonly kind: 'Failed'; readonly error: DriverError };

/** Copies of disks, made in the background, by the key of the base that they become. */
export interface Captures {
  /** What came of it; begins it where it was not begun. One that nobody asks for in a while is ended. */
  ensure(request: CaptureRequest): CaptureState;
  /** Ends ours, if it goes on, and resolves when it has ended. What came of it is forgotten. */
  cancel(key: string): Promise<void>;
  /** Called when one ended, or came a good deal further, or is to be asked for again. Returns the way to stop. */
  onChange(listener: (subject: { readonly namespace: string; readonly name: string }) => void): () => void;
}

/** Secrets are read by name when they are needed, never listed or watched. */
export interface Secrets {
  /** The bytes under the key. */
  read(namespace: string, name: string, key: string, signal: AbortSignal): Promise<SecretValue>;
}

export type SecretValue =
  | { readonly kind: 'Found'; readonly value: Uint8Array }
  /** No such Secret, no such key in it, or no right to read it: for people. */
  | { readonly kind: 'Missing'; readonly message: string };
