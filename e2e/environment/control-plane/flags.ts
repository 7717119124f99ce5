/**
 * How etcd, the API server and the controllers are called. Paths are those of `ControlPlane`; everything listens on
 * loopback or on a unix socket in a folder that only its owner may enter.
 */
import { join } from 'node:path';

/** etcd wants the form unix://HOST:PORT, and makes a socket file of that name in its working directory. */
const ETCD_SOCKET = 'etcd.sock:0';
const ETCD_PEER_SOCKET = 'etcd-peer.sock:0';

export interface ControlPlanePaths {
  readonly dir: string;
  readonly etcdData: string;
  readonly etcdSocket: string;
  readonly pki: string;
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly auditPolicy: string;
}

export function controlPlanePaths(dir: string): ControlPlanePaths {
  return {
    dir,
    etcdData: join(dir, 'etcd'),
    etcdSocket: join(dir, ETCD_SOCKET),
    pki: join(dir, 'pki'),
    kubeconfig: join(dir, 'kubeconfig'),
    auditLog: join(dir, 'audit.log'),
    auditPolicy: join(dir, 'audit-policy.yaml'),
  };
}

/** Nothing here survives a power cut, so nothing waits for a disk either. */
export function etcdFlags(paths: ControlPlanePaths): readonly string[] {
  return [
    '--name=hostler',
    '--initial-cluster=hostler=http://localhost:2380',
    `--data-dir=${paths.etcdData}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=unix://${ETCD_SOCKET}`,
    `--advertise-client-urls=unix://${ETCD_SOCKET}`,
    `--listen-peer-urls=unix://${ETCD_PEER_SOCKET}`,
    '--log-level=warn',
  ];
}

/** Admission as upstream has it by default, but for ServiceAccount: no pod ever runs here. */
export function apiServerFlags(paths: ControlPlanePaths, port: number): readonly string[] {
  return [
    `--etcd-servers=unix://${ETCD_SOCKET}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--endpoint-reconciler-type=none',
    `--client-ca-file=${join(paths.pki, 'ca.crt')}`,
    `--tls-cert-file=${join(paths.pki, 'server.crt')}`,
    `--tls-private-key-file=${join(paths.pki, 'server.key')}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(paths.pki, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(paths.pki, 'service-account.key')}`,
    '--disable-admission-plugins=ServiceAccount',
    `--audit-policy-file=${paths.auditPolicy}`,
    `--audit-log-path=${paths.auditLog}`,
    '--profiling=false',
    // Without it a graceful stop waits a minute for clients that hold watches.
    '--shutdown-watch-termination-grace-period=1s',
  ];
}

/** Namespaces are emptied and deleted, owner references collected, default service accounts made. */
export function controllerFlags(paths: ControlPlanePaths, upstream: boolean): readonly string[] {
  if (!upstream) return [`--kubeconfig=${paths.kubeconfig}`];
  return [
    `--kubeconfig=${paths.kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--controllers=garbage-collector-controller,namespace-controller,serviceaccount-controller',
    '--kube-api-qps=100',
    '--kube-api-burst=200',
  ];
}
