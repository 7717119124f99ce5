/** How guests behave, by the name of their machine: how long they boot, whether they have an agent and hear a shutdown signal, how they end. */
import { Type, type Static } from 'typebox';
import { matchesGlob } from './glob.ts';
import { AGENT_MODES } from './machine.ts';
import { Milliseconds, oneOf, strict } from './schema.ts';

export const GuestRule = Type.Object(
  {
    /** Glob (`*` is any text) on the machine's name; the first rule that fits is taken. */
    machine: Type.String(),
    bootMs: Type.Optional(Milliseconds),
    acpi: Type.Optional(oneOf(['Obeys', 'Ignores'])),
    /** Its agent, from when it is up. */
    agent: Type.Optional(oneOf(AGENT_MODES)),
    /** From the signal to the power off. */
    shutdownMs: Type.Optional(Milliseconds),
    /** Of a guest that is up, asked to let go of a volume. */
    volumes: Type.Optional(oneOf(['LetsGo', 'Keeps'])),
    /** What the guest does by itself, that long after it is up; on every run. */
    ends: Type.Optional(
      Type.Object({
        by: oneOf(['guestShutdown', 'guestCrash', 'ioError']),
        afterMs: Milliseconds,
      }),
    ),
  },
  strict,
);
export type GuestRule = Static<typeof GuestRule>;

/** Up at once, without an agent, and off at once when asked. */
const OBEDIENT: GuestRule = { machine: '*', bootMs: 0, agent: 'Absent', acpi: 'Obeys', shutdownMs: 0, volumes: 'LetsGo' };

export function guestRuleFor(rules: readonly GuestRule[], machineName: string): GuestRule {
  return { ...OBEDIENT, ...rules.find(({ machine }) => matchesGlob(machine, machineName)) };
}
