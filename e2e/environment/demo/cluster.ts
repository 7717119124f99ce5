/**
 * The cluster that the demo runs on: a control plane of its own, or the one whose kubeconfig HOSTLER_KUBECONFIG names. The
 * variable is not KUBECONFIG, so that nobody's cluster is taken by accident.
 */
import { existsSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { uninstallChart } from '../chart.ts';
import { ControlPlane } from '../control-plane.ts';
import { Kubectl } from '../kubectl.ts';
import { findProcesses } from '../processes.ts';
import { places } from './places.ts';

export function chosenKubeconfig(): string | undefined {
  const file = process.env['HOSTLER_KUBECONFIG'];
  if (file === undefined || file === '') return undefined;
  if (!existsSync(file)) throw new Error(`HOSTLER_KUBECONFIG names ${file}, which does not exist`);
  return resolve(file);
}

export function ownControlPlaneRuns(): boolean {
  return findProcesses(places.controlPlane, 'kube-apiserver').length > 0;
}

/** Resolves with the administrator's kubeconfig, which `.hostler/kubeconfig` is a link to from now on. */
export async function startOwnControlPlane(): Promise<string> {
  const { kubeconfig } = await ControlPlane.start({ dir: places.controlPlane });
  useKubeconfig(kubeconfig);
  return kubeconfig;
}

export function useKubeconfig(file: string): void {
  rmSync(places.kubeconfig, { force: true });
  symlinkSync(file, places.kubeconfig);
}

/** Takes the demo out of a cluster that is not its own, while the operator still runs. CRDs stay, as the chart has it. */
export async function leaveForeignCluster(): Promise<void> {
  if (!isForeign() || !existsSync(places.manifests)) return;
  const kubectl = new Kubectl(places.kubeconfig);
  const flags = ['--ignore-not-found', '--timeout=60s'];
  // Instances first: the others are needed to remove their machines.
  await kubectl.run(['delete', 'instance', 'demo', ...flags], { timeoutMs: 90_000 });
  await kubectl.run(['delete', '--filename', places.manifests, ...flags], { timeoutMs: 90_000 });
  await uninstallChart(places.kubeconfig);
}

function isForeign(): boolean {
  try {
    return !readlinkSync(places.kubeconfig).startsWith(places.controlPlane);
  } catch {
    return false;
  }
}
