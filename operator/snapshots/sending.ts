/** Sending the copy that a snapshot made to its store, and what is told of that meanwhile. */
import type { Image, ImageLocation, StoredCopy, StorePlace } from '../../crds/image.ts';
import type { InstanceSnapshot } from '../../crds/instance-snapshot.ts';
import type { Outcome } from '../actions/outcome.ts';
import type { Places } from '../images/content-removal.ts';
import { storedCopies } from '../images/locations.ts';
import { timestamp } from '../kernel/status/conditions.ts';
import type { Sends } from '../stores/sends.ts';

export type SendingState = { readonly kind: 'Sent'; readonly copy: StoredCopy } | { readonly kind: 'NotSent'; readonly outcome: Outcome };

export const isStored = ({ status }: InstanceSnapshot, image: Image | undefined): boolean =>
  storedCopies(image).some(({ imageStoreName, key }) => imageStoreName === status?.store?.imageStoreName && key === status.store.key);

export const sendingTo = ({ imageStoreName }: StorePlace, progress?: number): Outcome => ({
  phase: 'Running',
  reason: 'Storing',
  message: `is being sent to ImageStore ${imageStoreName}; its Image can be used where it lies`,
  ...(progress !== undefined && { progress }),
});

export class Sending {
  readonly #sends: Sends;
  readonly #places: Places;

  constructor(sends: Sends, places: Places) {
    this.#sends = sends;
    this.#places = places;
  }

  /** Begins it, joins it, or says why it does not go on. Returns at once. */
  send({ metadata }: InstanceSnapshot, location: ImageLocation, place: StorePlace): SendingState {
    const { hypervisorName, pool, volume } = location;
    const hypervisor = this.#places.hypervisors.get(hypervisorName);
    if (hypervisor === undefined)
      return lost(`Hypervisor ${hypervisorName} was removed before the copy on it was in ImageStore ${place.imageStoreName}`);
    const poolName = hypervisor.spec.pools?.[pool]?.pool;
    const host = this.#places.hosts.get(hypervisorName);
    if (poolName === undefined || host?.reachability().status !== 'True')
      return notSent(
        'HostUnreachable',
        `waits until Hypervisor ${hypervisorName} answers: the copy is on it, and not yet in ImageStore ${place.imageStoreName}`,
      );
    const { namespace, name } = metadata;
    const state = this.#sends.ensure({ host, pool: poolName, volume, place, snapshot: { namespace, name } });
    switch (state.kind) {
      case 'Done':
        return { kind: 'Sent', copy: state.copy };
      case 'InProgress':
        return { kind: 'NotSent', outcome: sendingTo(place, state.percent) };
      case 'Failed':
        if (state.error.reason === 'ContentMissing') return lost(state.error.message);
        return notSent(state.error.reason, `${state.error.message}; it is sent again after ${timestamp(state.retryAt)}`);
    }
  }
}

/** What is nowhere any more. */
const lost = (message: string): SendingState => ({ kind: 'NotSent', outcome: { phase: 'Failed', reason: 'ContentMissing', message } });

const notSent = (reason: string, message: string): SendingState => ({ kind: 'NotSent', outcome: { phase: 'Running', reason, message } });
