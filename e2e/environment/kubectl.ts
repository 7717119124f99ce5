/**
 * What is in the cluster, asserted from outside: through `kubectl`, as a user would.
 */
import { join } from 'node:path';
import { KINDS } from '../../crds/kinds.ts';
import { readObject } from './api-reader.ts';
import { CommandError, run, type CommandOptions } from './command.ts';
import { cachedProgram, stateDir } from './paths.ts';

/** As much of any object as every test needs. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly [field: string]: unknown;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

export class Kubectl {
  readonly kubeconfig: string;
  readonly namespace: string;
  constructor(kubeconfig: string, namespace = 'default') {
    this.kubeconfig = kubeconfig;
    this.namespace = namespace;
  }

  /** Any kubectl command; rejects with what kubectl said. */
  run(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const common = ['--kubeconfig', this.kubeconfig, '--cache-dir', join(stateDir, 'cache/kubectl'), '--namespace', this.namespace];
    return run(cachedProgram('kubectl'), [...common, ...args], options);
  }

  /** Applies objects, or manifests as YAML text, server-side. */
  async apply(manifests: string | readonly object[], ...flags: readonly string[]): Promise<string> {
    const input = typeof manifests === 'string' ? manifests : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    return this.run(['apply', '--server-side', '--filename', '-', ...flags], { input });
  }

  /** Undefined when there is no such object. `kind` as on the command line: `instance`, or `instances`. */
  async get(kind: string, name: string): Promise<KubeObject | undefined> {
    const own = KINDS.find((one) => [one.kind.toLowerCase(), one.plural].includes(kind));
    if (own !== undefined) {
      const folder = own.scope === 'Namespaced' ? `namespaces/${this.namespace}/` : '';
      return (await readObject(this.kubeconfig, `/apis/hostler.dev/v1alpha1/${folder}${own.plural}/${name}`)) as KubeObject | undefined;
    }
    try {
      return JSON.parse(await this.run(['get', kind, name, '--output', 'json'])) as KubeObject;
    } catch (error) {
      if (error instanceof CommandError && error.result.stderr.includes('(NotFound)')) return undefined;
      throw error;
    }
  }

  async list(kind: string, ...flags: readonly string[]): Promise<readonly KubeObject[]> {
    const list = JSON.parse(await this.run(['get', kind, '--output', 'json', ...flags])) as { readonly items: readonly KubeObject[] };
    return list.items;
  }

  /** Changes single fields of the spec, as `kubectl patch --type merge` does. */
  async patch(kind: string, name: string, patch: object): Promise<void> {
    await this.run(['patch', kind, name, '--type', 'merge', '--patch', JSON.stringify(patch)]);
  }

  /** Asks for deletion and returns at once; the object may have finalizers. Gone already is fine. */
  async delete(kind: string, name: string): Promise<void> {
    await this.run(['delete', kind, name, '--wait=false', '--ignore-not-found']);
  }

  async createNamespace(name: string): Promise<Kubectl> {
    await this.run(['create', 'namespace', name]);
    return new Kubectl(this.kubeconfig, name);
  }
}

export function condition(object: KubeObject | undefined, type: string): Condition | undefined {
  return object?.status?.conditions?.find((one) => one.type === type);
}
