/** What XAPI's power states and operations mean in the contract's words. */
import type { Power } from '../../contract.ts';
import type { Kept } from '../session/objects.ts';

const POWERS: Readonly<Record<string, Power>> = { Running: 'Running', Paused: 'Paused', Halted: 'Stopped', Suspended: 'Suspended' };

export interface PowerState {
  readonly power: Power;
  readonly powerReason: string;
}

/**
 * XAPI keeps no reason for a machine that is off: whether its guest shut down, crashed or was switched off cannot be told. It
 * pauses a machine only for somebody who asked for it.
 */
export function powerOf({ power_state }: Pick<Kept<'VM'>, 'power_state'>): PowerState {
  const power = POWERS[power_state] ?? 'Unknown';
  return { power, powerReason: { Paused: 'User', Suspended: 'Saved' }[power as string] ?? 'Unknown' };
}

export const isOn = ({ power_state }: Pick<Kept<'VM'>, 'power_state'>): boolean => power_state === 'Running' || power_state === 'Paused';

/** Operations that a guest may take its time for, or that change nothing: others may go on beside them, and a power-off ends them. */
const HARMLESS: ReadonlySet<string> = new Set([
  'clean_shutdown',
  'clean_reboot',
  'shutdown',
  'call_plugin',
  'data_source_op',
  'query_services',
  'get_boot_record',
  'send_sysrq',
  'send_trigger',
  'assert_operation_valid',
  'update_allowed_operations',
]);

export const isBusy = ({ current_operations }: Pick<Kept<'VM'>, 'current_operations'>): boolean =>
  Object.values(current_operations).some((operation) => !HARMLESS.has(operation));

/** The task of such an operation that is under way. */
export function taskOf(
  { current_operations }: Pick<Kept<'VM'>, 'current_operations'>,
  ...operations: readonly string[]
): string | undefined {
  return Object.entries(current_operations).find(([, operation]) => operations.includes(operation))?.[0];
}
