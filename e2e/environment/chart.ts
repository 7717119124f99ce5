/**
 * Installs the chart with helm, and reads back what it says about how the operator runs: the Deployment, as it was
 * installed, with this cluster's answers to what the templates looked up.
 */
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { run } from './command.ts';
import { cachedProgram, projectRoot } from './paths.ts';

export const RELEASE = 'hostler';
export const OPERATOR_NAMESPACE = 'hostler-system';

export type ChartValues = Readonly<Record<string, unknown>>;

/** Installs or upgrades. Does not wait for pods: there is no kubelet that would run them. */
export async function installChart(kubeconfig: string, values: ChartValues): Promise<void> {
  const flags = ['--install', '--create-namespace', '--values', '-'];
  await helm(kubeconfig, ['upgrade', RELEASE, join(projectRoot, 'charts/hostler'), ...flags], JSON.stringify(values));
}

export async function uninstallChart(kubeconfig: string): Promise<void> {
  await helm(kubeconfig, ['uninstall', RELEASE, '--ignore-not-found']);
}

/** The part of a container that says what runs in it. */
export interface Container {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

export interface OperatorDeployment {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly container: Container;
}

/** Throws when the release holds anything but one Deployment with one container. */
export async function readOperatorDeployment(kubeconfig: string): Promise<OperatorDeployment> {
  const manifest = await helm(kubeconfig, ['get', 'manifest', RELEASE]);
  const objects = parseAllDocuments(manifest).map((document) => document.toJS() as ManifestObject | null);
  const pods = objects.filter((object) => object?.kind === 'Deployment').map((deployment) => deployment?.spec?.template?.spec);
  const [pod, ...otherPods] = pods;
  const [container, ...otherContainers] = pod?.containers ?? [];
  if (pod === undefined || container === undefined || otherPods.length > 0 || otherContainers.length > 0) {
    throw new Error(`release ${RELEASE} must hold one Deployment with one container`);
  }
  return {
    serviceAccountName: pod.serviceAccountName ?? 'default',
    terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds ?? 30,
    container,
  };
}

interface ManifestObject {
  readonly kind?: string;
  readonly spec?: { readonly template?: { readonly spec?: PodSpec } };
}

interface PodSpec {
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers?: readonly Container[];
}

function helm(kubeconfig: string, args: readonly string[], input?: string): Promise<string> {
  const common = ['--kubeconfig', kubeconfig, '--namespace', OPERATOR_NAMESPACE];
  return run(cachedProgram('helm'), [...args, ...common], { ...(input === undefined ? {} : { input }), timeoutMs: 120_000 });
}
