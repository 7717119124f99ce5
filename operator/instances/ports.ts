/** What the Instance controller needs of other parts of the operator, and does not make itself. */
import type { CapturedBase, CaptureSpec, SwapSpec } from '../../drivers/contract.ts';
import type { DriverError } from '../../drivers/labels.ts';
import type { Target } from '../../drivers/owner.ts';
import type { Host } from '../hypervisors/host.ts';

export type { BaseImages, BaseRequest, BaseState } from '../images/ports.ts';
export type { Secrets, SecretValue } from '../secrets.ts';

/** A turn of a host for what keeps it busy for long. */
export interface TurnRequest {
  readonly key: string;
  readonly host: Host;
  /** Told when the turn has come. */
  readonly subject: { readonly namespace: string; readonly name: string };
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

export interface SwapRequest {
  readonly key: string;
  readonly host: Host;
  readonly target: Target;
  readonly subject: CaptureRequest['subject'];
  readonly to: SwapSpec['to'];
  /** Of its disk. */
  readonly sizeBytes: number;
  /** Called before the host is asked for it. */
  readonly onBegin: () => void;
}

export type SwapState =
  | { readonly kind: 'Done' }
  | { readonly kind: 'InProgress'; readonly percent: number | undefined }
  /** Told once: asked again it is begun again. */
  | { readonly kind: 'Failed'; readonly error: DriverError };

/**
 * Copies of disks, made in the background, by the key of the base that they become, or of the volume that moves. A host makes
 * a few at once: whoever wants one waits for a turn first, in which it is begun, so that nothing is held up by what only waits.
 */
export interface Captures {
  /** Takes a place in the queue, and keeps it; one that nobody asks for in a while is given up. */
  queue(request: TurnRequest): void;
  /** The same for a volume that is to move. */
  queueSwap(request: TurnRequest): void;
  /** Whether it can be begun now, goes on, or something came of it that was not asked for yet. */
  hasTurn(key: string): boolean;
  /** What came of it; begins it where it was not begun. One that nobody asks for in a while is ended. */
  ensure(request: CaptureRequest): CaptureState;
  /** The same of a volume that moves under its guest. */
  swap(request: SwapRequest): SwapState;
  /** Ends ours, if it goes on, and resolves when it has ended. What came of it is forgotten. */
  cancel(key: string): Promise<void>;
  /** Called when one ended, or came a good deal further, or is to be asked for again. Returns the way to stop. */
  onChange(listener: (subject: { readonly namespace: string; readonly name: string }) => void): () => void;
}
