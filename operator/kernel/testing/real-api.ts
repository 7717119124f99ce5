/** A client of a real API server for the kernel's integration tests, and the kind that they work with. */
import type { ApiClient } from '../api/client.ts';
import type { Connection, ConnectionSource } from '../api/connection.ts';
import { HttpApiClient } from '../api/http-client.ts';
import { loadConnection } from '../api/kubeconfig.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import { Transport } from '../api/transport.ts';
import { systemClock } from '../clock.ts';
import { Metrics } from '../http/metrics.ts';
import { MemoryLogger } from './memory-logger.ts';

export const NAMESPACES: Resource = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const CONFIG_MAPS: Resource<ConfigMap> = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };

const CRDS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** `through` replaces the server's address: a proxy's. */
export async function realClient(kubeconfig: string, through?: string): Promise<ApiClient> {
  const source = await loadConnection({ file: kubeconfig, clock: systemClock, log: new MemoryLogger() });
  return clientOf(through === undefined ? source : redirected(source, through));
}

export function clientOf(source: ConnectionSource): ApiClient {
  return new HttpApiClient({
    transport: new Transport(source, systemClock, 'kernel-test'),
    clock: systemClock,
    metrics: new Metrics(),
    random: Math.random,
  });
}

function redirected(source: ConnectionSource, server: string): ConnectionSource {
  let known: { readonly from: Connection; readonly to: Connection } | undefined;
  const redirect = (from: Connection): Connection => {
    if (known?.from !== from) known = { from, to: { ...from, server } };
    return known.to;
  };
  return {
    current: async () => redirect(await source.current()),
    renew: async (refused) => redirect(await source.renew(known?.to === refused ? known.from : refused)),
  };
}

/** Makes the Widget kind known to the server; resolves when it serves it. */
export async function installWidgets(client: ApiClient, widgets: Resource, signal: AbortSignal): Promise<void> {
  const { group, version, kind, plural } = widgets;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const spec = {
    group,
    scope: 'Namespaced',
    names: { kind, plural },
    versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema }],
  };
  await client.apply(CRDS, { metadata: { name: `${plural}.${group}` }, spec }, { signal }, { fieldManager: 'kernel-test' });
  for (;;) {
    try {
      await client.list(widgets, { limit: 1 }, { signal });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
      signal.throwIfAborted();
    }
  }
}
