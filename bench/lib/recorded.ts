/**
 * What the operator sent to bring one Instance to Ready, from the API server's audit log: for a peer that sends the same.
 */
import { RECORDED_NAME } from '../../e2e/environment/control-plane/audit.ts';
import type { ControlPlane } from '../../e2e/environment/control-plane.ts';
import type { BareClient } from './bare-client.ts';
import type { Stored } from './fleet.ts';

export interface RecordedPatch {
  /** What comes behind the object's path: `/status?fieldManager=...`. */
  readonly suffix: string;
  readonly body: { readonly metadata?: object };
}

/** The patches of the Instance named `RECORDED_NAME`, oldest first. */
export function recordedPatches(controlPlane: ControlPlane): readonly RecordedPatch[] {
  return controlPlane
    .writes()
    .filter(({ name, verb, code }) => name === RECORDED_NAME && verb === 'patch' && code === 200)
    .map(({ uri, body }) => {
      if (body === undefined) throw new Error(`the audit log has no content of ${uri}`);
      return { suffix: uri.slice(uri.indexOf(`/${RECORDED_NAME}`) + RECORDED_NAME.length + 1), body };
    });
}

/** One after the other, each guarded as the operator's are, by the version before it. `path`: of the collection. */
export async function sendAgain(client: BareClient, path: string, created: Stored, patches: readonly RecordedPatch[]): Promise<void> {
  const { name, uid } = created.metadata;
  let { resourceVersion } = created.metadata;
  for (const { suffix, body } of patches) {
    const patch = { ...body, metadata: { ...body.metadata, uid, resourceVersion } };
    ({ resourceVersion } = (await client.mergePatch<Stored>(`${path}/${name}${suffix}`, patch)).metadata);
  }
}
