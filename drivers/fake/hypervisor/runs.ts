/**
 * How runs begin, go on and end: the one place where power changes, and what guests do in time once their CPUs run (boot,
 * hear a shutdown signal, end by themselves). What is meant for one run leaves alone a machine that was stopped or started
 * anew meanwhile.
 */
import type { FakeHost } from './host.ts';
import { type MachineRecord, newAgent, type Run } from './machine.ts';
import { outcomeOf, type PowerAct } from './power.ts';

/** The machine if that run of it is still going on with its CPUs running. */
function running(host: FakeHost, machineId: string, run: number): (MachineRecord & { readonly run: Run }) | undefined {
  const machine = host.get(machineId);
  if (machine?.power !== 'Running' || machine.run?.number !== run) return undefined;
  return { ...machine, run: machine.run };
}

function soon(host: FakeHost, ms: number, then: () => void): void {
  if (ms === 0) then();
  else host.timers.after(ms, then);
}

/** Called when the CPUs of a run begin: the first time the guest boots, later it just goes on. */
export function guestRuns(host: FakeHost, machineId: string): void {
  const machine = host.get(machineId);
  if (machine?.run?.guest !== 'Held') return;
  const { number } = machine.run;
  const rule = host.guestRule(machine);
  host.put({ ...machine, run: { ...machine.run, guest: 'Booting' }, boots: (machine.boots ?? 0) + 1 });
  soon(host, rule.bootMs ?? 0, () => {
    const booting = host.get(machineId);
    if (booting?.run?.number !== number) return;
    const agent = rule.agent === undefined || rule.agent === 'Absent' ? undefined : newAgent(rule.agent);
    // An agent that comes up changes what the host says of the machine.
    host.put({ ...booting, run: { ...booting.run, guest: 'Up', ...(agent && { agent }) } }, ...(agent ? (['Definition'] as const) : []));
    const { ends } = rule;
    if (ends !== undefined) soon(host, ends.afterMs, () => endRun(host, machineId, number, ends.by));
  });
}

/** A guest that is not up, or ignores ACPI, does nothing. */
export function guestHearsShutdown(host: FakeHost, machine: MachineRecord): void {
  const rule = host.guestRule(machine);
  const run = machine.run;
  if (run?.guest !== 'Up' || rule.acpi === 'Ignores') return;
  soon(host, rule.shutdownMs ?? 0, () => endRun(host, machine.machineId, run.number, 'guestShutdown'));
}

/** After a restart of the fake: guests that were booting begin anew. */
export function resumeGuest(host: FakeHost, machine: MachineRecord): void {
  if (machine.power !== 'Running' || machine.run?.guest !== 'Booting') return;
  host.put({ ...machine, run: { ...machine.run, guest: 'Held' } });
  guestRuns(host, machine.machineId);
}

function endRun(host: FakeHost, machineId: string, run: number, act: PowerAct): void {
  const machine = running(host, machineId, run);
  const outcome = machine && outcomeOf(act, machine);
  if (machine !== undefined && outcome !== undefined) setPower(host, machine, outcome);
}

/** Puts the machine into a power state: off ends its run, and one without a definition is gone then. */
export function setPower(
  host: FakeHost,
  machine: MachineRecord,
  { power, reason }: { power: MachineRecord['power']; reason: string },
): void {
  if (power === 'Stopped' && !machine.persistent) {
    host.remove(machine);
    return;
  }
  const { run, job: _job, ...rest } = machine;
  const goesOn = power !== 'Stopped' && run !== undefined;
  host.put({ ...rest, ...(goesOn && { run }), power, powerReason: reason }, 'Power');
  if (power === 'Running') guestRuns(host, machine.machineId);
}
