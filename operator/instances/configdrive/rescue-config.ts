/**
 * What a rescue system is told: who it is on the network and who may log in. The user data of the instance is not for it:
 * it is another system, and might do to the disks whatever a first boot does.
 */
import type { ConfigDriveLayout } from '../../../crds/vocabulary.ts';
import { encoded, type GuestConfig } from './guest-config.ts';

export function rescueConfig(config: GuestConfig, password: string | undefined): GuestConfig {
  const { userData: _user, vendorData: _vendor, ...rest } = config;
  const bare: GuestConfig = { ...rest, files: [], instanceId: `${config.instanceId}-rescue` };
  return password === undefined ? bare : { ...bare, adminPassword: password, userData: passwordUserData(password) };
}

/** JSON is YAML. Source: https://cloudinit.readthedocs.io/en/latest/reference/modules.html, "Set Passwords". */
const passwordUserData = (password: string): Uint8Array =>
  encoded(`#cloud-config\n${JSON.stringify({ password, chpasswd: { expire: false }, ssh_pwauth: true })}\n`);

/** Why the password cannot be handed over; undefined: it can. Never says anything of what it is. */
export function passwordProblem(content: Uint8Array, layout: ConfigDriveLayout): string | undefined {
  if (layout === 'Ignition') return 'an image with config drive layout Ignition takes no password: remove spec.rescue.passwordSecretKeyRef';
  const text = decoded(content);
  if (text === undefined) return 'it is text in UTF-8';
  return text === '' || /\p{Cc}/u.test(text) ? 'it is one line of text' : undefined;
}

/** The line break that editors put at the end is no part of it. Undefined: no text. */
export function decoded(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content).replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
