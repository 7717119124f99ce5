/** What the groups of calls need of the client, and what all their methods take. */
import type { CallOptions } from '../connection/call-options.ts';
import type { RemoteStream } from '../connection/stream.ts';
import type { Procedure, Speed } from '../procedures/procedure.ts';

export interface Caller {
  call<A, R>(procedure: Procedure<A, R>, args: A, options?: LaneOptions): Promise<R>;
  openStream<A, R>(procedure: Procedure<A, R>, args: A, options?: CallOptions): Promise<RemoteStream>;
}

export interface LaneOptions extends CallOptions {
  /** Overrules what the procedure says about itself: `slow` for a call that is known to wait. */
  readonly speed?: Speed;
}

export interface FlagOptions extends LaneOptions {
  /** Flags of this call, or-ed; default 0. */
  readonly flags?: number;
}
