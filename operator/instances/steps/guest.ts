/** Steps that ask the agent in the guest, with the parameters of the action that is being carried out. */
import type { InstanceActionSpec } from '../../../crds/instance-action.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { keyOf } from '../../kernel/api/object.ts';
import { encryptedFor, newPassword, ownerKey, rsaKeyAmong } from '../guest/owner-key.ts';
import type { Pass } from '../pass.ts';
import { changes, targetOf, WORK_MS } from './host.ts';

/**
 * A password that is made up is known to nobody but the guest until its encryption is written down with the end of the
 * action. If that fails, the next attempt sets another: the one that is on record is always the one that was set last.
 */
export async function setGuestPassword(pass: Pass): Promise<undefined> {
  const { setPassword = {} } = asked(pass);
  const { wanted, instance } = pass.scene;
  const user = setPassword.user ?? wanted.adminUser ?? (wanted.os === 'Windows' ? 'Administrator' : 'root');
  const { password, encryptedPassword } = await passwordFor(pass, setPassword, instance.spec.sshAuthorizedKeys ?? []);
  await changes(pass, 'Guest', WORK_MS, (driver, call) => driver.setGuestPassword(targetOf(pass), { user, password }, call));
  pass.result = encryptedPassword === undefined ? {} : { encryptedPassword };
  return undefined;
}

async function passwordFor(
  pass: Pass,
  { passwordSecretKeyRef: ref, publicKey }: NonNullable<InstanceActionSpec['setPassword']>,
  keys: readonly string[],
): Promise<{ readonly password: string; readonly encryptedPassword?: string }> {
  if (ref !== undefined) {
    const password = Buffer.from(await secret(pass, ref)).toString('utf8');
    if (/^\P{Cc}{1,512}$/u.test(password)) return { password };
    throw new DriverError(
      'InvalidSpec',
      `key ${ref.key} of Secret ${ref.name} is no password: it has a line break, or is empty or too long`,
      {
        reason: 'PasswordInvalid',
      },
    );
  }
  const text = publicKey ?? rsaKeyAmong(keys);
  if (text === undefined)
    throw new DriverError('InvalidSpec', 'nobody could read the password: set publicKey, or passwordSecretKeyRef', {
      reason: 'PublicKeyMissing',
    });
  const key = ownerKey(text);
  const password = newPassword();
  return { password, encryptedPassword: encryptedFor(key, password) };
}

export async function writeGuestFile(pass: Pass): Promise<undefined> {
  const { injectFile } = asked(pass);
  if (injectFile === undefined) throw new DriverError('InvalidSpec', 'injectFile says which file to write', { reason: 'FileMissing' });
  const { path, text, base64, secretKeyRef } = injectFile;
  const content =
    secretKeyRef === undefined
      ? Buffer.from(text ?? base64 ?? '', text === undefined ? 'base64' : 'utf8')
      : await secret(pass, secretKeyRef);
  // Paths of Windows begin with a drive, and it knows no such permissions.
  const mode = path.startsWith('/') ? { mode: injectFile.mode ?? DEFAULT_MODE } : {};
  await changes(pass, 'Guest', WORK_MS, (driver, call) => driver.writeGuestFile(targetOf(pass), { path, content, ...mode }, call));
  return undefined;
}

const DEFAULT_MODE = '0644';

/** An InstanceAction cannot be changed: what it asks for is as it was when it was accepted. */
export function asked({ services, scene }: Pass): InstanceActionSpec {
  const { action } = scene.world;
  const found = services.caches.actionsOf.get(keyOf(scene.instance)).find(({ metadata }) => metadata.uid === action?.uid);
  if (found === undefined) throw new DriverError('Conflict', 'the action was withdrawn meanwhile', { reason: 'Withdrawn' });
  return found.spec;
}

async function secret(
  { services, scene, call }: Pass,
  { name, key }: { readonly name: string; readonly key: string },
): Promise<Uint8Array> {
  const found = await services.secrets.read(scene.world.identity.namespace, name, key, call.signal);
  if (found.kind === 'Found') return found.value;
  throw new DriverError('NotFound', found.message, { reason: 'SecretNotFound' });
}
