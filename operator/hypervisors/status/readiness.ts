/**
 * Whether a Hypervisor is ready, and if not, what is missing: one answer, the most fundamental first.
 *
 * Pure; the table in `readiness.test.ts` is the specification. Ready means that the host answers, is new enough and has
 * what the spec names.
 */
import type { HypervisorSpec } from '../../../crds/hypervisor.ts';
import type { HostFacts } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { poolsByName } from '../pools.ts';
import type { Readiness } from '../../reporting/readiness.ts';
import type { Reachability } from '../host.ts';

/** What is known of a host when its status is judged. */
export interface HostView {
  /** Why there is no session, or none that works: a Secret missing, a configuration that cannot work, what the last contact failed of. */
  readonly problem: unknown;
  /** The elder Hypervisor with the same host. */
  readonly duplicateOf: string | undefined;
  /** Undefined: there is no session. */
  readonly reachability: Reachability | undefined;
  readonly facts: HostFacts | undefined;
}

export function judgeReadiness(spec: HypervisorSpec, view: HostView): Readiness {
  if (view.duplicateOf !== undefined) {
    return { kind: 'Stuck', reason: 'DuplicateHost', message: `Hypervisor ${view.duplicateOf} is this very host: delete one of them` };
  }
  if (view.reachability?.status === 'True') return judgeOpen(view.facts) ?? judgeNames(spec, view.facts);
  const { problem } = view;
  if (problem instanceof DriverError && problem.label !== 'HostUnreachable' && problem.label !== 'Unknown') return judgeProblem(problem);
  if (view.reachability?.status === 'False') return { kind: 'Silent', reason: 'HostUnreachable', message: view.reachability.message };
  return { kind: 'Silent', reason: 'Connecting', message: 'The host is being contacted' };
}

/** The host answered, but not as it should. */
function judgeProblem(problem: DriverError): Readiness {
  const stuck = problem.label === 'InvalidSpec' || problem.label === 'Unsupported';
  return { kind: stuck ? 'Stuck' : 'Waiting', reason: problem.reason, message: problem.message };
}

function judgeOpen(facts: HostFacts | undefined): Readiness | undefined {
  if (facts?.closed === undefined) return undefined;
  return { kind: 'Waiting', reason: 'HostDisabled', message: `Nothing can be started here: ${facts.closed}. What runs goes on` };
}

/** Every pool and network that the spec names is there. Bridges are not asked for: not every host tells of them. */
function judgeNames({ pools = {}, networks = {} }: HypervisorSpec, facts: HostFacts | undefined): Readiness {
  const knownPools = poolsByName(facts?.pools);
  const knownNetworks = new Set(facts?.networks);
  const networkIds = new Set(facts?.networkIds);
  const pool = Object.entries(pools).find(([, named]) => !knownPools.has(named.pool));
  if (pool !== undefined) {
    return {
      kind: 'Waiting',
      reason: 'PoolNotFound',
      message: `spec.pools.${pool[0]} names pool "${pool[1].pool}", which the host does not have, or which is not active. It has: ${list(facts?.pools.map(({ name }) => name))}`,
    };
  }
  const useless = Object.entries(pools).find(([, named]) => knownPools.get(named.pool)?.unfit !== undefined);
  if (useless !== undefined) {
    return {
      kind: 'Waiting',
      reason: 'PoolTypeUnsupported',
      message: `spec.pools.${useless[0]} names pool "${useless[1].pool}", which is ${knownPools.get(useless[1].pool)?.unfit ?? ''}: name another, or take it out`,
    };
  }
  const network = Object.entries(networks).find(
    ([, { network: named }]) => named !== undefined && !knownNetworks.has(named) && !networkIds.has(named),
  );
  if (network !== undefined) {
    return {
      kind: 'Waiting',
      reason: 'NetworkNotFound',
      message: `spec.networks.${network[0]} names network "${network[1].network ?? ''}", which the host does not have, or which is not active. It has: ${list(knownNetworks)}`,
    };
  }
  return { kind: 'Settled', reason: 'Connected', message: 'The host answers, and has what the spec names' };
}

const SHOWN = 10;

function list(names: Iterable<string> = []): string {
  const sorted = [...new Set(names)].sort();
  return sorted.length === 0 ? 'none' : sorted.slice(0, SHOWN).join(', ') + (sorted.length > SHOWN ? ', ...' : '');
}
