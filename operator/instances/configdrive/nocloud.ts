/**
 * The drive as cloud-init's NoCloud reads it (label `cidata`): four files at its root, all YAML, of which JSON is a part.
 *
 * `meta-data` and `user-data` must both be there, the latter also when there is none.
 * Source: https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
 */
import { encoded, type DriveFile, type GuestConfig } from './guest-config.ts';
import { networkConfig } from './network-config.ts';
import { sorted } from './openstack.ts';

/** `userData` as it is to be on the drive: files of the user's may be in it. */
export function noCloudFiles(config: GuestConfig, userData: Uint8Array | undefined): readonly DriveFile[] {
  const { instanceId, name, namespace, hostname, sshAuthorizedKeys, metadata, vendorData } = config;
  const metaData = {
    'instance-id': instanceId,
    'local-hostname': hostname,
    name,
    namespace,
    meta: sorted(metadata),
    ...(sshAuthorizedKeys.length === 0 ? {} : { 'public-keys': sshAuthorizedKeys }),
  };
  return [
    { path: 'meta-data', content: encoded(`${JSON.stringify(metaData)}\n`) },
    { path: 'network-config', content: encoded(`${networkConfig(config.interfaces)}\n`) },
    { path: 'user-data', content: userData ?? new Uint8Array() },
    ...(vendorData === undefined ? [] : [{ path: 'vendor-data', content: vendorData }]),
  ];
}
