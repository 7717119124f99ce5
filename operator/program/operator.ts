/** `hostler operator`: puts the controllers together and runs them until it is told to stop. Wiring only. */
import { lookup } from 'node:dns/promises';
import { openFake } from '../../drivers/fake/driver.ts';
import { openLibvirt } from '../../drivers/libvirt/driver.ts';
import { xenDrivers } from '../../drivers/xen/drivers.ts';
import { addActionController } from '../actions/controller.ts';
import { addBackupController } from '../backups/controller.ts';
import { addFlavorController } from '../flavors/controller.ts';
import { addHypervisorPools } from '../hypervisor-pools/hypervisor-pools.ts';
import { addHypervisors } from '../hypervisors/hypervisors.ts';
import { addImages } from '../images/images.ts';
import { FairSlots } from '../images/transfers/fair-slots.ts';
import { addInstanceController } from '../instances/controller.ts';
import { winstonLogger } from '../kernel/log/winston.ts';
import { processIdentity } from '../kernel/manager/identity.ts';
import { createManager } from '../kernel/manager/manager.ts';
import type { ManagerOptions } from '../kernel/manager/options.ts';
import { shutdownSignal } from '../kernel/manager/signals.ts';
import type { Services } from '../kernel/services.ts';
import { addNetworkController } from '../networks/controller.ts';
import type { OperatorOptions } from '../options/options.ts';
import { addOrphanController } from '../orphans/controller.ts';
import { addVolumeController } from '../volumes/controller.ts';
import { parseCidrs } from '../options/parse.ts';
import { clusterId as resolveClusterId } from './cluster-id.ts';
import { addImageStores } from '../stores/image-stores.ts';
import {
  BACKUP_SCHEDULES,
  HYPERVISOR_POOLS,
  HYPERVISORS,
  IMAGE_STORES,
  IMAGES,
  INSTANCE_ACTIONS,
  INSTANCE_SNAPSHOTS,
  INSTANCES,
  VOLUMES,
} from '../resources.ts';
import { addShelvingController } from '../shelving/controller.ts';
import { addSnapshots } from '../snapshots/snapshots.ts';
import { deniedNetworks } from './denied-networks.ts';
import { limitHeapGrowth } from './memory.ts';
import { addObjectMetrics } from './object-metrics.ts';
import { connectServices } from './services.ts';
import { VERSION } from './version.ts';

/** One shard of hypervisors, one Lease: whoever holds it schedules, and acts on every host. */
const LEASE = 'hostler';

/** Resolves with the exit code, after SIGTERM or SIGINT or when a part failed for good. */
export async function runOperator(options: OperatorOptions): Promise<number> {
  limitHeapGrowth();
  const log = winstonLogger(options.logLevel);
  using shutdown = shutdownSignal(log);
  try {
    const { services, apiServer } = await connectServices(options.kubeconfig, log);
    const clusterId = await resolveClusterId(options.clusterId, services.client, { signal: shutdown.signal });
    const podAddresses = parseCidrs('pod-ips', process.env['POD_IPS'] ?? '');
    const deniedCidrs = await deniedNetworks(options.imagesDeniedCidrs, { apiServer, podAddresses }, addressesOf);
    log.info('Starts', { version: VERSION, node: process.version, clusterId, namespace: options.namespace });
    const manager = createManager(managerOptions(options, services));
    addControllers(manager, options, clusterId, deniedCidrs);
    await manager.run(shutdown.signal);
    return 0;
  } catch (error) {
    if (shutdown.signal.aborted) return 0;
    log.error('Ends, because it cannot go on', { error });
    return 1;
  }
}

const addressesOf = async (hostname: string): Promise<readonly string[]> =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

function addControllers(
  manager: ReturnType<typeof createManager>,
  options: OperatorOptions,
  clusterId: string,
  deniedCidrs: readonly string[],
): void {
  const { namespace, tickMs, auditMs, imagesAllowedCidrs, imagesMaxBytes, imagesPruneAfterMs, imagesTransfersPerHost, workers } = options;
  const times = { durationMs: options.leaseDurationMs, renewDeadlineMs: options.leaseRenewDeadlineMs, retryMs: options.leaseRetryMs };
  const lease = manager.lease({ namespace, name: LEASE, times });
  const drivers = { libvirt: openLibvirt, fake: openFake, xen: xenDrivers() };
  const hosts = addHypervisors(manager, lease, {
    clusterId,
    operatorNamespace: namespace,
    drivers,
    tickMs,
    auditMs,
    transfersPerHost: imagesTransfersPerHost,
  });
  addHypervisorPools(manager, lease, { operatorNamespace: namespace, drivers: drivers.xen });
  const stores = addImageStores(manager, lease, { operatorNamespace: namespace, clusterId });
  const turns = new FairSlots(imagesTransfersPerHost);
  const bases = addImages(manager, lease, hosts, {
    deniedCidrs,
    allowedCidrs: imagesAllowedCidrs,
    maxBytes: imagesMaxBytes,
    transfersPerHost: imagesTransfersPerHost,
    turns,
    clusterId,
    pruneAfterMs: imagesPruneAfterMs,
    stores,
  });
  addFlavorController(manager, lease);
  addNetworkController(manager, lease);
  const captures = addSnapshots(manager, lease, { clusterId, hosts, stores, turns });
  addInstanceController(manager, lease, { clusterId, hosts, bases, captures, workers });
  addActionController(manager, lease, { clusterId, hosts });
  addVolumeController(manager, lease, { clusterId, hosts, bases, turns });
  addOrphanController(manager, lease, { clusterId, hosts });
  addBackupController(manager, lease);
  addShelvingController(manager, lease);
  addObjectMetrics(manager, [
    INSTANCES,
    INSTANCE_ACTIONS,
    INSTANCE_SNAPSHOTS,
    BACKUP_SCHEDULES,
    IMAGES,
    IMAGE_STORES,
    VOLUMES,
    HYPERVISORS,
    HYPERVISOR_POOLS,
  ]);
}

function managerOptions(options: OperatorOptions, services: Services): ManagerOptions {
  const { healthAddress, metricsAddress, debugAddress, shutdownGraceMs } = options;
  return {
    ...services,
    program: 'hostler',
    domain: 'hostler.dev',
    identity: processIdentity(),
    graceMs: shutdownGraceMs,
    ...(healthAddress === undefined ? {} : { healthAddress }),
    ...(metricsAddress === undefined ? {} : { metricsAddress }),
    ...(debugAddress === undefined ? {} : { debugAddress }),
  };
}
