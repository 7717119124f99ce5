/** Good and bad InstanceActions: rows of manifests.ts. */
import type { Creation } from './manifests.ts';

type Row = (what: string, change: Readonly<Record<string, unknown>>, refusal?: string) => Creation;

export const actionCreations = (action: Row): readonly Creation[] => [
  action('a start that is kept for an hour', { ttlAfterFinished: '1h' }),
  action('a reboot', { action: 'Reboot' }),
  action('a soft reboot with its time', { action: 'Reboot', reboot: { type: 'Soft', timeout: '90s' } }),
  action('a hard reboot with a time', { action: 'Reboot', reboot: { type: 'Hard', timeout: '90s' } }, 'timeout is of a soft reboot'),
  action('an unheard-of reboot', { action: 'Reboot', reboot: { type: 'Warm' } }, 'spec.reboot.type: Unsupported value'),
  action('a confirmation of a resize', { action: 'ConfirmResize' }),
  action('a reverting of a resize', { action: 'RevertResize' }),
  action('a rebuild', { action: 'Rebuild' }),
  action('a rebuild that keeps the ephemeral disk', { action: 'Rebuild', rebuild: { preserveEphemeral: true } }),
  action('a reboot with the parameters of a rebuild', { action: 'Reboot', rebuild: {} }, 'rebuild is of action Rebuild'),
  action('a restore', { action: 'Restore', restore: { snapshotName: 'before' } }),
  action('a restore of nothing', { action: 'Restore' }, 'restore must say which snapshot to put the disk back to'),
  action(
    'a rebuild with the parameters of a restore',
    { action: 'Rebuild', restore: { snapshotName: 'a' } },
    'restore is of action Restore',
  ),
  action('a crash dump', { action: 'CrashDump' }),
  action('a password for root', { action: 'SetPassword' }),
  action('a password of a Secret', {
    action: 'SetPassword',
    setPassword: { user: 'DOMAIN user', passwordSecretKeyRef: { name: 'a', key: 'b' } },
  }),
  action('a password for nobody', { action: 'SetPassword', setPassword: { user: '' } }, 'spec.setPassword.user in body should match'),
  action('a user with a colon', { action: 'SetPassword', setPassword: { user: 'a:b' } }, 'spec.setPassword.user in body should match'),
  action(
    'a password of a Secret that is to be encrypted',
    { action: 'SetPassword', setPassword: { publicKey: 'ssh-rsa x', passwordSecretKeyRef: { name: 'a', key: 'b' } } },
    'set one of publicKey and passwordSecretKeyRef',
  ),
  action('a file', { action: 'InjectFile', injectFile: { path: '/etc/motd', text: 'hello', mode: '0600' } }),
  action('a file of Windows', { action: 'InjectFile', injectFile: { path: 'C:\\motd.txt', base64: 'AP8=' } }),
  action(
    'a file with permissions of Windows',
    { action: 'InjectFile', injectFile: { path: 'C:\\a', text: '', mode: '0600' } },
    'mode is of a path',
  ),
  action('no file at all', { action: 'InjectFile' }, 'injectFile must say which file to write'),
  action('a file without content to inject', { action: 'InjectFile', injectFile: { path: '/a' } }, 'set exactly one of text, base64'),
  action('a relative file to inject', { action: 'InjectFile', injectFile: { path: 'a', text: '' } }, 'spec.injectFile.path in body'),
  action('a freeze', { action: 'Freeze' }),
  action('a freeze for ten minutes', { action: 'Freeze', freeze: { timeout: '10m' } }),
  action('a freeze for longer', { action: 'Freeze', freeze: { timeout: '10m1s' } }, 'at most 10m'),
  action('a freeze for no time', { action: 'Freeze', freeze: { timeout: '0s' } }, 'more than 0s'),
  action('a thaw', { action: 'Thaw' }),
  action('a thaw with a time', { action: 'Thaw', freeze: { timeout: '1m' } }, 'freeze is of action Freeze'),
  action('a reboot with a file', { action: 'Reboot', injectFile: { path: '/a', text: '' } }, 'injectFile is of action InjectFile'),
  action('a start with the parameters of a reboot', { reboot: { type: 'Hard' } }, 'reboot is of action Reboot'),
  action('an unheard-of act', { action: 'Explode' }, 'spec.action: Unsupported value'),
  action('no instance', { instanceName: undefined }, 'spec.instanceName: Required value'),
];
