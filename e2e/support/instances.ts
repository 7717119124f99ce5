/**
 * What the scenarios say of Instances: manifests, and what is waited for, from outside.
 */
import { condition, type Condition, type Kubectl, type KubeObject } from '../environment/kubectl.ts';
import { waitFor } from '../environment/wait.ts';

export const API_VERSION = 'hostler.dev/v1alpha1';

export type InstanceSpec = Readonly<Record<string, unknown>>;

/** A tiny guest on the lab's network. It ignores ACPI, so the time to shut down is short. */
export function instance(name: string, spec: InstanceSpec = {}): object {
  return {
    apiVersion: API_VERSION,
    kind: 'Instance',
    metadata: { name },
    spec: { flavorName: 'tiny', imageName: 'demo', shutdownTimeout: '1s', networks: [{ name: 'eth0', networkName: 'lab' }], ...spec },
  };
}

export function action(name: string, spec: Readonly<Record<string, unknown>>): object {
  return { apiVersion: API_VERSION, kind: 'InstanceAction', metadata: { name }, spec };
}

export interface Wanted {
  readonly type?: string;
  readonly status?: Condition['status'];
  readonly reason?: string | RegExp;
  readonly message?: RegExp;
}

/** Waits until the condition (Ready, unless another is named) is as wanted and was judged on the newest generation. */
export async function waitForCondition(kubectl: Kubectl, name: string, wanted: Wanted, timeoutMs = 60_000): Promise<KubeObject> {
  const type = wanted.type ?? 'Ready';
  let last: KubeObject | undefined;
  const found = waitFor(
    `${type}=${wanted.status ?? ''} ${String(wanted.reason ?? '')} of ${name}`,
    async () => {
      last = await kubectl.get('instance', name);
      return matches(last, condition(last, type), wanted) ? last : undefined;
    },
    { timeoutMs, intervalMs: 150 },
  );
  return found.catch((error: unknown) => {
    throw new Error(`${String(error)}; its status: ${JSON.stringify(last?.status, undefined, 1)}`, { cause: error });
  });
}

export function waitForReady(kubectl: Kubectl, name: string, reason?: string): Promise<KubeObject> {
  return waitForCondition(kubectl, name, { status: 'True', ...(reason === undefined ? {} : { reason }) });
}

export async function waitForGone(kubectl: Kubectl, name: string, timeoutMs = 60_000): Promise<void> {
  await waitFor(`instance ${name} to be gone`, async () => (await kubectl.get('instance', name)) === undefined, {
    timeoutMs,
    intervalMs: 150,
  });
}

export function uidOf(object: KubeObject): string {
  const { uid } = object.metadata;
  if (uid === undefined) throw new Error(`${object.kind} ${object.metadata.name} has no uid`);
  return uid;
}

function matches(object: KubeObject | undefined, found: Condition | undefined, wanted: Wanted): boolean {
  if (object === undefined || found === undefined) return false;
  const current = found.observedGeneration === object.metadata.generation;
  const status = wanted.status === undefined || found.status === wanted.status;
  const message = wanted.message === undefined || wanted.message.test(found.message);
  return current && status && message && sameReason(found.reason, wanted.reason);
}

function sameReason(found: string, wanted: string | RegExp | undefined): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? found === wanted : wanted.test(found);
}
