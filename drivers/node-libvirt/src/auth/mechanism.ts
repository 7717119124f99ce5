/** One way of proving who one is: a conversation in which each message answers the last. */
import type { Credentials } from './credentials.ts';

export interface Mechanism {
  readonly name: string;
  /** Whoever reads along learns the password. */
  readonly needsConfidentiality: boolean;
  start(credentials: Credentials): Conversation;
}

export interface Conversation {
  /** True when nothing more is expected of the other side: it has proved itself, where the mechanism lets it. */
  readonly done: boolean;
  /** Our next message; undefined: ours is the first. Rejects with `AuthenticationError` when the other side is not who it should be. */
  next(received: string | undefined): Promise<string>;
}
