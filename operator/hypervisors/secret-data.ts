/** What is read of a Secret. */
import { DriverError } from '../../drivers/labels.ts';

/** Keys and texts of a Secret's data. */
export type SecretData = Readonly<Record<string, string>>;

/** Throws `InvalidSpec`, reason `SecretKeyMissing`, when the Secret lacks the key, or has nothing under it. */
export function requiredKey(secrets: ReadonlyMap<string, SecretData>, name: string, key: string): string {
  const value = secrets.get(name)?.[key];
  if (value !== undefined && value !== '') return value;
  throw new DriverError('InvalidSpec', `Secret ${name} in the operator's namespace has no key ${key}: add it`, {
    reason: 'SecretKeyMissing',
  });
}
