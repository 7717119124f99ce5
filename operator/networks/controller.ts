/** The Network controller: says whether a Network makes sense and which hosts could have it. It makes nothing on hosts. */
import type { Controller } from '../kernel/controller/controller.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import { addReportingController } from '../reporting/reporting-controller.ts';
import { HYPERVISORS, NETWORKS } from '../resources.ts';
import { judgeNetwork } from './readiness.ts';

export function addNetworkController(manager: Manager, lease: Lease): Controller {
  const networks = manager.cache(NETWORKS);
  const hypervisors = manager.cache(HYPERVISORS);
  const having = hypervisors.index(({ spec }) => Object.keys(spec.networks ?? {}));
  const naming = networks.index(({ spec }) => [spec.hostNetwork]);
  const controller = addReportingController(manager, lease, {
    name: 'networks',
    resource: NETWORKS,
    judge: ({ spec }) => judgeNetwork(spec, having.get(spec.hostNetwork).length),
  });
  controller.watches(hypervisors, {
    when: (change) => !isStatusOnly(change),
    toKeys: ({ previous, current }) => {
      const before = Object.keys(previous?.spec.networks ?? {});
      const after = Object.keys(current?.spec.networks ?? {});
      const turned = [...before.filter((key) => !after.includes(key)), ...after.filter((key) => !before.includes(key))];
      return turned.flatMap((hostNetwork) => naming.keys(hostNetwork));
    },
  });
  return controller;
}
