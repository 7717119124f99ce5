/** What a guest is told about itself beyond its name: user data, vendor data and files, all handed over on the config drive. */
import { Type } from 'typebox';
import { listMap } from '../schema/collections.ts';
import { secretKeyRef } from '../schema/references.ts';
import type { Read } from '../schema/static.ts';
import { pattern, text } from '../schema/text.ts';

/** Longest content that a file may have inline, in characters; what is longer goes into a Secret. */
const MAX_INLINE = 16_384;
const MAX_FILES = 64;

export const userData = Type.Optional(
  Type.Object(
    { secretKeyRef: secretKeyRef('Key of a Secret that holds the user data.') },
    {
      description:
        'User data for what sets the guest up (cloud-init; by the image also Ignition, or an answer file for Windows), given to the guest on a config drive. It is read when the instance is built and at every start.',
    },
  ),
);

export const vendorData = Type.Optional(
  Type.Object(
    { secretKeyRef: secretKeyRef('Key of a Secret that holds the vendor data, which must be text.') },
    {
      description:
        'Vendor data: as user data, but from whoever provides the instance; where the two differ, user data wins. It is read when the instance is built and at every start.',
    },
  ),
);

/** Absolute, and no segment that is empty, `.` or `..`. */
const FILE_PATH =
  '^(/([^./\\x00-\\x1f\\x7f][^/\\x00-\\x1f\\x7f]*|\\.[^./\\x00-\\x1f\\x7f][^/\\x00-\\x1f\\x7f]*|\\.\\.[^/\\x00-\\x1f\\x7f]+))+$';

export const InstanceFile = Type.Object(
  {
    path: pattern(FILE_PATH, 1024, 'Where in the guest: an absolute path, without . and .. in it.'),
    text: Type.Optional(text('Content as it is. Nothing secret: it can be read by whoever may read the Instance.', MAX_INLINE)),
    base64: Type.Optional(
      pattern('^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$', MAX_INLINE, 'Content that is not text, in base64.'),
    ),
    secretKeyRef: Type.Optional(
      secretKeyRef('Key of a Secret that holds the content. It is read when the instance is built and at every start.'),
    ),
    mode: Type.Optional(pattern('^0?[0-7]{3,4}$', 5, 'Permissions in octal, such as "0600". Absent means "0644".')),
    owner: Type.Optional(
      pattern(
        '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?$',
        65,
        'User, or user and group with a colon between. They must be known in the guest. Absent means root:root.',
      ),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '(has(self.text) ? 1 : 0) + (has(self.base64) ? 1 : 0) + (has(self.secretKeyRef) ? 1 : 0) == 1',
        message: 'set exactly one of text, base64 and secretKeyRef',
      },
    ],
  },
);
export type InstanceFile = Read<typeof InstanceFile>;

export const files = Type.Optional(
  listMap(InstanceFile, ['path'], {
    maxItems: MAX_FILES,
    description:
      'Files that cloud-init or Ignition writes when it sets the guest up, together at most 4 MiB. A change reaches the config drive at the next start; a guest that is set up already does not write them again by itself.',
  }),
);
