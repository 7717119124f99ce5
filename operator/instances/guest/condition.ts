/** The condition AgentConnected: whether the agent in the guest can be talked to, where the spec asks for it. Pure. */
import type { ConditionInput } from '../../kernel/status/conditions.ts';
import type { World } from '../plan/types.ts';
import type { GuestReading } from './readings.ts';

/** `known`: as it stands, for while nothing was read of this run: an operator that was restarted has not asked yet. */
export function agentConnected(
  { desired, machine, host }: World,
  reading: GuestReading | undefined,
  known: ConditionInput | undefined,
): ConditionInput | undefined {
  if (desired.guestAgent !== 'Enabled' || machine.kind !== 'Present') return undefined;
  if (host?.contact === 'Silent' || host?.contact === 'Gone')
    return known && { type: 'AgentConnected', status: 'Unknown', reason: 'HostUnreachable' };
  const { power } = machine.machine;
  if (power !== 'Running') return known && { type: 'AgentConnected', status: 'False', reason: power };
  if (reading === undefined) return known?.reason === 'Stopped' ? { type: 'AgentConnected', status: 'Unknown', reason: 'Starting' } : known;
  const { agent } = reading;
  switch (agent.kind) {
    case 'Answers':
      return { type: 'AgentConnected', status: 'True', reason: agent.report.frozen === true ? 'Frozen' : 'Answers' };
    case 'Silent':
      return { type: 'AgentConnected', status: 'False', reason: agent.reason, message: agent.message };
  }
}
