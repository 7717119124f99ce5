/**
 * What libvirtd reads at its start: its settings, those of its QEMU driver, one storage pool and one network.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Setting = string | number | readonly string[];
export type Settings = Readonly<Record<string, Setting>>;

export interface Listening {
  /** Address that TCP and TLS listen on. */
  readonly address: string;
  readonly tcpPort?: number;
  /** Files must be readable inside the host; clients need a certificate of the same authority. */
  readonly tls?: { readonly port: number; readonly caFile: string; readonly certFile: string; readonly keyFile: string };
}

export interface DaemonConfig {
  readonly hostId: string;
  readonly listening?: Listening;
  /** Where other hosts reach this one's guests; absent: it takes no migrations. Never a loopback address: the daemon refuses to start. */
  readonly migrationAddress?: string;
  /** Settings of libvirtd.conf that win over the usual ones. */
  readonly settings?: Settings;
}

/** Writes the two files into the host's `etc` folder. */
export function writeDaemonConfig(etc: string, config: DaemonConfig): void {
  writeFileSync(join(etc, 'libvirtd.conf'), settingLines({ ...daemonSettings(config), ...config.settings }));
  writeFileSync(join(etc, 'qemu.conf'), settingLines(qemuSettings(config.migrationAddress)));
}

function daemonSettings({ hostId, listening }: DaemonConfig): Settings {
  const tls = listening?.tls;
  return {
    host_uuid: hostId,
    unix_sock_dir: '/run/libvirt',
    unix_sock_group: 'root',
    unix_sock_rw_perms: '0700',
    auth_unix_ro: 'none',
    auth_unix_rw: 'none',
    max_client_requests: 100,
    max_workers: 40,
    log_outputs: '3:file:/var/log/libvirt/libvirtd.log',
    listen_tcp: listening?.tcpPort === undefined ? 0 : 1,
    listen_tls: tls === undefined ? 0 : 1,
    ...(listening === undefined ? {} : { listen_addr: listening.address }),
    ...(listening?.tcpPort === undefined ? {} : { tcp_port: String(listening.tcpPort), auth_tcp: 'none' }),
    ...(tls === undefined
      ? {}
      : { tls_port: String(tls.port), ca_file: tls.caFile, cert_file: tls.certFile, key_file: tls.keyFile, auth_tls: 'none' }),
  };
}

/** No systemd, no cgroups, no virtlogd here: QEMU runs as root and writes its own logs. */
function qemuSettings(address: string | undefined): Settings {
  return {
    user: 'root',
    group: 'root',
    dynamic_ownership: 0,
    remember_owner: 0,
    security_driver: 'none',
    namespaces: [],
    cgroup_controllers: [],
    stdio_handler: 'file',
    swtpm_user: 'root',
    swtpm_group: 'root',
    ...(address === undefined ? {} : { migration_address: address, migration_host: address }),
  };
}

function settingLines(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('');
}

/**
 * The pool `default`, a folder of the host's own, and the network `default`: whoever is on it is on the host's bridge. A
 * network with addresses of its own would want dnsmasq (libvirt 9.0 crashes at its second start without it) and a firewall.
 */
export function writeDefaultPoolAndNetwork(etc: string): void {
  const pool = `<pool type='dir'><name>default</name><target><path>/var/lib/libvirt/images</path></target></pool>\n`;
  const network = `<network><name>default</name><forward mode='bridge'/><bridge name='br0'/></network>\n`;
  writeAutostarted(join(etc, 'storage/default.xml'), '/etc/libvirt/storage', pool);
  writeAutostarted(join(etc, 'qemu/networks/default.xml'), '/etc/libvirt/qemu/networks', network);
}

function writeAutostarted(file: string, folderInside: string, xml: string): void {
  mkdirSync(join(dirname(file), 'autostart'), { recursive: true });
  writeFileSync(file, xml);
  symlinkSync(`${folderInside}/default.xml`, join(dirname(file), 'autostart/default.xml'));
}
