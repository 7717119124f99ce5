/** Whether a HypervisorPool is as it should be, and if not, why: the most fundamental first. Pure. */
import type { DriverError } from '../../drivers/labels.ts';
import type { ConditionInput } from '../kernel/status/conditions.ts';
import { type Readiness, readinessConditions } from '../reporting/readiness.ts';
import type { PoolView } from './watch.ts';

/** What keeps a pool that answers from having all its Hypervisors; each says what to do. */
export interface Obstacle {
  readonly reason: 'PoolChanged' | 'DuplicatePool' | 'HostClaimed' | 'NameTaken' | 'HypervisorRefused';
  readonly message: string;
}

/** It was reached, and will not have us. */
const REFUSALS: ReadonlySet<string> = new Set(['AuthenticationFailed', 'AccessDenied']);

export function judge({ contact, problem }: PoolView, obstacles: readonly Obstacle[], hosts: number): Readiness {
  const [first] = obstacles;
  if (contact === 'Connecting') return { kind: 'Silent', reason: 'Connecting', message: 'The pool is being contacted' };
  if (problem !== undefined) return judgeProblem(problem);
  if (first !== undefined) return { kind: 'Stuck', reason: first.reason, message: obstacles.map(({ message }) => message).join('; ') };
  return { kind: 'Settled', reason: 'Discovered', message: `${hosts === 1 ? '1 host has its' : `${hosts} hosts have their`} Hypervisor` };
}

function judgeProblem({ label, reason, message }: DriverError): Readiness {
  if (REFUSALS.has(reason)) return { kind: 'Stuck', reason, message: `${message}: correct the Secret of spec.xen.credentialsSecret` };
  if (reason === 'CertificateRefused') return { kind: 'Stuck', reason, message: `${message}: correct spec.xen.tls` };
  if (label === 'InvalidSpec' || label === 'Unsupported') return { kind: 'Stuck', reason, message };
  if (label === 'HostUnreachable' || label === 'Unknown') return { kind: 'Silent', reason: 'PoolUnreachable', message };
  return { kind: 'Waiting', reason, message };
}

/** Reachable and Authenticated: what the last contact came to. */
export function contactConditions({ contact, problem }: PoolView): readonly ConditionInput[] {
  if (contact === 'Connecting') {
    const state = { status: 'Unknown', reason: 'Connecting' } as const;
    return [
      { type: 'Reachable', ...state },
      { type: 'Authenticated', ...state },
    ];
  }
  if (problem === undefined) {
    return [
      { type: 'Reachable', status: 'True', reason: 'MasterAnswers' },
      { type: 'Authenticated', status: 'True', reason: 'LoggedIn' },
    ];
  }
  const { label, reason, message } = problem;
  if (REFUSALS.has(reason)) {
    return [
      { type: 'Reachable', status: 'True', reason: 'MasterAnswers' },
      { type: 'Authenticated', status: 'False', reason, message },
    ];
  }
  const silent = label === 'HostUnreachable' || label === 'Unknown' || reason === 'CertificateRefused';
  const why = reason === 'CertificateRefused' || !silent ? reason : 'PoolUnreachable';
  return [
    { type: 'Reachable', status: silent ? 'False' : 'Unknown', reason: why, message },
    { type: 'Authenticated', status: 'Unknown', reason: why },
  ];
}

export const conditionsOf = (view: PoolView, readiness: Readiness): readonly ConditionInput[] => [
  ...readinessConditions(readiness),
  ...contactConditions(view),
];
