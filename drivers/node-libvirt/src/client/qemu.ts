/** What only QEMU hosts have: talking past libvirt to the emulator, and to the agent in the guest. */
import * as procedures from '../procedures/qemu.ts';
import type { DomainRef } from '../types/references.ts';
import type { Caller, FlagOptions, LaneOptions } from './caller.ts';

export interface AgentOptions extends LaneOptions {
  /** How long the daemon waits for the agent: seconds, -2 for ever, -1 libvirt's default (5 s), 0 not at all. Default -1. */
  readonly agentTimeoutSeconds?: number;
}

export class Qemu {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** A QMP command and its answer, both JSON. libvirt does not notice what it changes. Flag 1: a human monitor command, plain text. */
  async monitorCommand(domain: DomainRef, command: string, { flags = 0, ...options }: FlagOptions = {}): Promise<string> {
    return (await this.#caller.call(procedures.qemuMonitorCommand, { dom: domain, cmd: command, flags }, options)).result;
  }

  /** A command of the QEMU guest agent and its answer, both JSON; some commands have no answer. */
  async agentCommand(
    domain: DomainRef,
    command: string,
    { agentTimeoutSeconds = -1, ...options }: AgentOptions = {},
  ): Promise<string | undefined> {
    const args = { dom: domain, cmd: command, timeout: agentTimeoutSeconds, flags: 0 };
    return (await this.#caller.call(procedures.qemuAgentCommand, args, options)).result;
  }
}
