/** What others ask of images: that one is in a pool, so that disks can be made on it. */
import type { BaseImage } from '../../drivers/contract.ts';
import type { Label } from '../../drivers/labels.ts';
import type { Image } from '../../crds/image.ts';
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
