/** Procedures of the QEMU program: what only hosts with QEMU have. */
import { flags, int } from '../xdr/primitives.ts';
import { domainRef } from '../types/references.ts';
import { optionalString, string } from '../types/strings.ts';
import { qemuProcedure } from './procedure.ts';

export const qemuMonitorCommand = qemuProcedure('domain_monitor_command', 1, { dom: domainRef, cmd: string, flags }, { result: string });
export const qemuAgentCommand = qemuProcedure(
  'domain_agent_command',
  3,
  { dom: domainRef, cmd: string, timeout: int, flags },
  { result: optionalString },
);
