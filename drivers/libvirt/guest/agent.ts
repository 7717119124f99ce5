/**
 * One conversation with the QEMU guest agent of a machine: a command, and what it returns, or why there is no answer.
 *
 * libvirt first makes sure that the agent hears it, for which it waits 5 s at most, then for the command as long as it is
 * told. Both are well below the time of a verb, so that the daemon says that the guest hangs before the caller takes the
 * host for one that does. Source: https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
 */
import { ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { AGENT_NOT_AVAILABLE, AGENT_NOT_RESPONDING, GUEST_REFUSED } from '../../guest.ts';
import { DriverError } from '../../labels.ts';
import type { Left } from '../time.ts';

const LONGEST_ANSWER_S = 5;
/** Of the time that is left, what the way there and back may take. */
const MARGIN_MS = 1_000;

/** The reason of what an agent has no command for, or is set up not to do. */
export const COMMAND_UNSUPPORTED = 'AgentCommandUnsupported';

export class Agent {
  readonly #client: LibvirtClient;
  readonly #uuid: string;
  readonly #left: Left;

  constructor(client: LibvirtClient, machineId: string, left: Left) {
    this.#client = client;
    this.#uuid = machineId;
    this.#left = left;
  }

  /** What the command returned. Rejects with a `DriverError` as the contract says of guest verbs. */
  async ask(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { timeoutMs } = this.#left();
    // Never 0: with it libvirt would not wait at all.
    const agentTimeoutSeconds = Math.min(LONGEST_ANSWER_S, Math.floor((timeoutMs - MARGIN_MS) / 1000));
    if (agentTimeoutSeconds < 1) throw this.#silent(AGENT_NOT_RESPONDING, `there is no time left to ask it for ${command}`);
    const text = JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }) });
    try {
      const answer = await this.#client.qemu.agentCommand({ uuid: this.#uuid }, text, { agentTimeoutSeconds, ...this.#left() });
      return answer === undefined ? undefined : (JSON.parse(answer) as { readonly return?: unknown }).return;
    } catch (error) {
      throw this.#translated(error, command);
    }
  }

  #translated(error: unknown, command: string): unknown {
    if (error instanceof SyntaxError) return this.#silent(AGENT_NOT_RESPONDING, `what it answered to ${command} is no JSON`);
    if (!(error instanceof LibvirtError)) return error;
    const { code, message } = error;
    if (/agent is not (configured|connected|available)/i.test(message)) return this.#silent(AGENT_NOT_AVAILABLE, message, error);
    if (
      code === ErrorCode.AGENT_UNRESPONSIVE ||
      code === ErrorCode.AGENT_UNSYNCED ||
      /agent.*(not respond|didn't respond|disappeared)/i.test(message)
    )
      return this.#silent(AGENT_NOT_RESPONDING, message, error);
    if (/command \S+ has (not been found|been disabled)/i.test(message))
      return new DriverError('Unsupported', `the agent in the guest cannot do ${command}: ${message}`, {
        reason: COMMAND_UNSUPPORTED,
        cause: error,
      });
    if (/agent command/i.test(message))
      return new DriverError('InvalidSpec', `the guest refused: ${message}`, { reason: GUEST_REFUSED, cause: error });
    return error;
  }

  #silent(reason: string, words: string, cause?: unknown): DriverError {
    const what = reason === AGENT_NOT_AVAILABLE ? 'no agent runs in the guest' : 'the agent in the guest does not answer';
    return new DriverError('Transient', `${what}: ${words}`, { reason, cause });
  }
}
