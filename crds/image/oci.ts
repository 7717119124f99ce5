/** A disk image that lies in an OCI registry. */
import { Type } from 'typebox';
import type { Read } from '../schema/static.ts';
import { objectName, pattern } from '../schema/text.ts';

const HOST = '[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?';
const NAME = '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*';
const TAG = ':[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}';
const DIGEST = '@sha256:[0-9a-f]{64}';

export const OciArtifact = Type.Object(
  {
    reference: pattern(
      `^${HOST}(/${NAME})+(${TAG})?(${DIGEST})?$`,
      1024,
      'Registry, repository, and tag or digest: registry.example.com/disks/demo:1.0. The registry is always said. A digest wins over a tag; without either the tag is latest.',
    ),
    path: Type.Optional(
      pattern(
        '^/?[^/]+(/[^/]+)*$',
        1024,
        'The file in the artifact. Absent: the only layer, where it is no archive; else the file in the folder /disk, as container disks have it.',
      ),
    ),
    pullSecretName: Type.Optional(
      objectName('Secret of type kubernetes.io/dockerconfigjson, in this namespace, with what the registry asks for. Absent: nothing.'),
    ),
    plainHttp: Type.Optional(
      Type.Boolean({ description: 'The registry is reached by HTTP, without TLS. A password is not sent to it. Absent means false.' }),
    ),
  },
  {
    description:
      'Pull it from a registry: a container disk (a file in the folder /disk of a container image), or an artifact whose layer is the file. Manifest and layer are verified by their digests, too.',
  },
);
export type OciArtifact = Read<typeof OciArtifact>;
