/** What changes of a pool's objects are for one of its hosts: hints, which may be doubled. */
import type { HostEvent } from '../contract.ts';
import type { Change, Kept } from './session/objects.ts';
import { isMachine, type Site } from './site.ts';

export function eventsOf(site: Site, changes: readonly Change[]): readonly HostEvent[] {
  // Whose machines they are is not known then: whoever listens looks at the host, and finds out why.
  if (!site.isReachable()) return changes.length > 0 ? [{ kind: 'Facts' }] : [];
  const events = changes.flatMap((change) => eventsOfOne(site, change));
  // Many objects of one machine change at a time.
  return [...new Map(events.map((event) => [JSON.stringify(event), event])).values()];
}

function eventsOfOne(site: Site, { name, before, after }: Change): readonly HostEvent[] {
  switch (name) {
    case 'VM':
      return ofMachine(site, before as Kept<'VM'> | undefined, after as Kept<'VM'> | undefined);
    case 'VBD':
    case 'VIF': {
      const { VM } = (after ?? before) as Kept<'VBD' | 'VIF'>;
      const vm = site.objects.get('VM', VM);
      return vm === undefined ? [] : ofMachine(site, undefined, vm);
    }
    case 'VM_guest_metrics': {
      // When they come and go, the machine's own record changes, too.
      if (before === undefined || after === undefined) return [];
      const { ref } = after as Kept<'VM_guest_metrics'>;
      const vm = site.objects.find('VM', ({ guest_metrics }) => guest_metrics === ref);
      return vm === undefined ? [] : ofMachine(site, undefined, vm);
    }
    case 'host':
    case 'SR':
    case 'PBD':
    case 'network':
      return [{ kind: 'Facts' }];
    case 'pool':
    case 'PIF':
    case 'host_metrics':
    case 'VDI':
    case 'task':
      return [];
  }
}

function ofMachine(site: Site, before: Kept<'VM'> | undefined, after: Kept<'VM'> | undefined): readonly HostEvent[] {
  const vm = after ?? before;
  if (vm === undefined || !isMachine(vm)) return [];
  const machineId = vm.uuid;
  const wasHere = before !== undefined && site.isHere(before);
  const isHere = after !== undefined && site.isHere(after);
  if (!isHere) return wasHere ? [{ kind: 'Machine', machineId, change: 'Removed' }] : [];
  if (before !== undefined && before.power_state !== vm.power_state) return [{ kind: 'Machine', machineId, change: 'Power' }];
  return [{ kind: 'Machine', machineId, change: 'Definition' }];
}
