/** Who this cluster is in the owner marks: what the chart says, else the UID of namespace kube-system, which lives as long as the cluster. */
import type { ApiCall, ApiClient } from '../kernel/api/client.ts';
import type { Resource } from '../kernel/api/resource.ts';

const NAMESPACES: Resource = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

export async function clusterId(given: string | undefined, client: ApiClient, call: ApiCall): Promise<string> {
  if (given !== undefined) return given;
  return (await client.get(NAMESPACES, { name: 'kube-system' }, call)).metadata.uid;
}
