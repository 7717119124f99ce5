/**
 * What a script can say: which hosts there are, how long things take, what goes wrong, and what happens when.
 *
 * A script is read at the start (`--script`), and parts of one can be given at any time over a control command: then
 * latencies and hosts named in it replace those of the same name, guests and events replace the former, faults are added,
 * and the timeline counts from that moment. Without a script everything is instant and goes well.
 */
import { Type, type Static } from 'typebox';
import { Act } from './acts.ts';
import { Fault } from './faults.ts';
import { GuestRule } from './guest-rules.ts';
import { HostShape } from './host-shape.ts';
import { Latency } from './latency.ts';
import { PROFILES } from './profiles.ts';
import { compileCheck, oneOf, strict } from './schema.ts';

const ratio = Type.Number({ minimum: 0, maximum: 1 });

/** How events reach the clients. */
export const EventRule = Type.Object(
  { delay: Type.Optional(Latency), loseRatio: Type.Optional(ratio), doubleRatio: Type.Optional(ratio) },
  strict,
);
export type EventRule = Static<typeof EventRule>;

export const Script = Type.Object(
  {
    /** Of chance; the same seed gives the same latencies and losses. */
    seed: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Latencies and guests to begin with: `Instant` (absent) or `Realistic`. */
    profile: Type.Optional(oneOf(['Instant', 'Realistic'])),
    hosts: Type.Optional(Type.Record(Type.String({ minLength: 1 }), Type.Partial(HostShape))),
    /** Milliseconds by verb; `*` for those not named. */
    latency: Type.Optional(Type.Record(Type.String(), Latency)),
    guests: Type.Optional(Type.Array(GuestRule)),
    faults: Type.Optional(Type.Array(Fault)),
    events: Type.Optional(EventRule),
    timeline: Type.Optional(Type.Array(Type.Object({ atMs: Type.Number({ minimum: 0, maximum: 2_147_483_647 }), do: Act }, strict))),
  },
  strict,
);
export type Script = Static<typeof Script>;

const check = compileCheck(Script);

/** The script with its profile resolved. Throws an `Error` that says where it is wrong. */
export function parseScript(value: unknown): Script {
  const problem = check(value);
  if (problem !== undefined) throw new Error(`the script is wrong: ${problem}`);
  const { profile, ...rest } = value as Script;
  if (profile === undefined) return rest;
  const base = PROFILES[profile];
  return { ...rest, latency: { ...base.latency, ...rest.latency }, guests: [...(rest.guests ?? []), ...base.guests] };
}
