/** Parameters of the action SetPassword. */
import { Type } from 'typebox';
import { secretKeyRef } from '../schema/references.ts';
import type { Read } from '../schema/static.ts';
import { pattern, text } from '../schema/text.ts';

export const SetPassword = Type.Object(
  {
    user: Type.Optional(
      pattern(
        '^[A-Za-z0-9_.@][A-Za-z0-9_.@ -]{0,254}$',
        255,
        "Whose password it is; the guest must know the user. Absent: adminUser of the Image's properties, else Administrator for a guest of Windows, else root.",
      ),
    ),
    passwordSecretKeyRef: Type.Optional(
      secretKeyRef('Key of a Secret that holds the password. Absent: one is made up, and kept only encrypted.'),
    ),
    publicKey: Type.Optional(
      text(
        "RSA key of the one who is to read the password that is made up: PEM, or a line of authorized_keys that begins with ssh-rsa; at least 2048 bits. Absent: the first such key of the Instance's sshAuthorizedKeys.",
        8192,
      ),
    ),
  },
  {
    description: 'Whose password to set, and to what. Absent: that of the administrator, to one that is made up.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.publicKey) || !has(self.passwordSecretKeyRef)',
        message: 'a password that comes from a Secret is encrypted for nobody: set one of publicKey and passwordSecretKeyRef',
        fieldPath: '.publicKey',
      },
    ],
  },
);
export type SetPassword = Read<typeof SetPassword>;
