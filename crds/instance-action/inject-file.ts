/** Parameters of the action InjectFile. */
import { Type } from 'typebox';
import { secretKeyRef } from '../schema/references.ts';
import type { Read } from '../schema/static.ts';
import { pattern, text } from '../schema/text.ts';

const MAX_INLINE = 16_384;

export const InjectFile = Type.Object(
  {
    path: pattern(
      '^(/|[A-Za-z]:\\\\)[^\\x00-\\x1f\\x7f]+$',
      1024,
      'Where in the guest: an absolute path, such as /etc/motd or C:\\motd.txt. The folder must be there. A file that is there gets the new content.',
    ),
    text: Type.Optional(text('Content as it is. Nothing secret: it can be read by whoever may read the InstanceAction.', MAX_INLINE)),
    base64: Type.Optional(
      pattern('^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$', MAX_INLINE, 'Content that is not text, in base64.'),
    ),
    secretKeyRef: Type.Optional(secretKeyRef('Key of a Secret that holds the content.')),
    mode: Type.Optional(
      pattern('^0?[0-7]{3,4}$', 5, 'Permissions in octal, such as "0600". Absent means "0644". A guest of Windows knows none.'),
    ),
  },
  {
    description: 'Which file to write.',
    'x-kubernetes-validations': [
      {
        rule: '(has(self.text) ? 1 : 0) + (has(self.base64) ? 1 : 0) + (has(self.secretKeyRef) ? 1 : 0) == 1',
        message: 'set exactly one of text, base64 and secretKeyRef',
      },
      {
        rule: "!has(self.mode) || self.path.startsWith('/')",
        message: 'mode is of a path that begins with /',
        fieldPath: '.mode',
      },
    ],
  },
);
export type InjectFile = Read<typeof InjectFile>;
