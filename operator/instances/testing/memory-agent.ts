/** The agent in a guest of the hypervisor in memory. */
import { AGENT_NOT_AVAILABLE, AGENT_NOT_RESPONDING, type GuestFile, type GuestReport } from '../../../drivers/guest.ts';
import { DriverError } from '../../../drivers/labels.ts';

export interface MemoryAgent {
  hangs: boolean;
  report: GuestReport;
  frozen: boolean;
  /** By user. */
  readonly passwords: Map<string, string>;
  /** How often it read its network configuration again. */
  networkResets: number;
  /** By path. */
  readonly files: Map<string, GuestFile>;
}

export const memoryAgent = (report: GuestReport = { agentVersion: '7.2' }): MemoryAgent => ({
  hangs: false,
  report,
  frozen: false,
  networkResets: 0,
  passwords: new Map(),
  files: new Map(),
});

/** The agent, where there is one that answers. */
export function answering(agent: MemoryAgent | undefined): MemoryAgent {
  if (agent === undefined) throw new DriverError('Transient', 'no agent runs in the guest', { reason: AGENT_NOT_AVAILABLE });
  if (agent.hangs) throw new DriverError('Transient', 'the agent does not answer', { reason: AGENT_NOT_RESPONDING });
  return agent;
}
