/** What a user may do, as the API server itself answers. */
import { API_GROUP } from '../../crds/vocabulary.ts';
import type { Rest } from './rest.ts';

export interface Access {
  readonly verb: string;
  /** With the subresource after a slash. */
  readonly resource: string;
  /** Absent: `hostler.dev`; empty: the core group. */
  readonly group?: string;
  /** Absent: all namespaces, or a cluster-scoped kind. */
  readonly namespace?: string;
  readonly name?: string;
}

/** `list instances in team-a`, `get secrets in team-a (group "")`. */
export function parseAccess(text: string): Access {
  const match = /^(?<verb>\w+) (?<resource>[\w/]+)(?: (?<name>[\w-]+))?(?: in (?<namespace>[\w-]+))?(?: of (?<group>[\w.-]+))?$/.exec(text);
  const { verb = '', resource = '', name, namespace, group } = match?.groups ?? {};
  if (verb === '') throw new Error(`not an access: ${text}`);
  return {
    verb,
    resource,
    ...(group !== undefined && { group: group === 'core' ? '' : group }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

export async function isAllowed(
  rest: Rest,
  user: string,
  { verb, resource, group = API_GROUP, namespace, name }: Access,
): Promise<boolean> {
  const [plural, subresource] = resource.split('/');
  const { message, body } = await rest.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:authenticated'], resourceAttributes: { verb, group, resource: plural, subresource, namespace, name } },
  });
  if (message !== '') throw new Error(message);
  return (body['status'] as { readonly allowed: boolean }).allowed;
}
