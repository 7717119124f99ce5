/** The chart rendered without a cluster. */
import { parseAllDocuments } from 'yaml';
import { run, tryRun, type CommandResult } from '../../e2e/environment/command.ts';
import { cachedProgram } from '../../e2e/environment/paths.ts';
import { chartDir } from './cluster.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What of a Deployment the tests look at. */
export interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> }; readonly spec: PodSpec };
  };
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly [
    {
      readonly image: string;
      readonly command: readonly string[];
      readonly args: readonly string[];
      readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
      readonly securityContext: Readonly<Record<string, unknown>>;
      readonly [field: string]: unknown;
    },
  ];
}

export const RELEASE = 'hostler';
export const NAMESPACE = 'hostler-system';
export type Values = Readonly<Record<string, unknown>>;

const template = ['template', RELEASE, chartDir, '--namespace', NAMESPACE, '--values', '-'];

export async function render(values: Values = {}): Promise<readonly Manifest[]> {
  const yaml = await run(cachedProgram('helm'), template, { input: JSON.stringify(values), env: { PATH: process.env['PATH'] } });
  return parseAllDocuments(yaml)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** Its outcome, for values that the chart refuses. */
export function tryRender(values: Values): Promise<CommandResult> {
  return tryRun(cachedProgram('helm'), template, { input: JSON.stringify(values), env: { PATH: process.env['PATH'] } });
}

/** The only object of that kind, or the one of that name among several. */
export function find(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind && (name === undefined || manifest.metadata.name === name));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} objects of kind ${kind} ${name ?? ''}`);
  return only;
}

export const findDeployment = (manifests: readonly Manifest[]): Deployment => find(manifests, 'Deployment') as Deployment;

export const rulesOf = (manifest: Manifest): readonly PolicyRule[] => (manifest['rules'] ?? []) as readonly PolicyRule[];
