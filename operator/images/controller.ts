/** The Image controller: says what is known of an Image. It fetches nothing: that is done for the Instances that need it. */
import { isDeepStrictEqual } from 'node:util';
import type { Image } from '../../crds/image.ts';
import { keyOf, keyOfRef } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import { isStatusOnly } from '../kernel/watch/cache.ts';
import type { Readiness } from '../reporting/readiness.ts';
import { addReportingController } from '../reporting/reporting-controller.ts';
import { IMAGES } from '../resources.ts';
import type { AddressPolicy } from './download/addresses.ts';
import { type Observed, observedContent } from './observed.ts';
import { judgeImage, unfetched } from './readiness.ts';
import type { BaseTransfers, ImageVerdict } from './transfers/base-transfers.ts';

interface Known {
  readonly generation: number;
  readonly verdict: ImageVerdict;
}

export function addImageController(manager: Manager, lease: Lease, transfers: BaseTransfers, addresses: AddressPolicy): Controller {
  const images = manager.cache(IMAGES);
  /** The last verdict, by uid of Images that exist. */
  const verdicts = new Map<string, Known>();
  const controller = addReportingController(manager, lease, { name: 'images', resource: IMAGES, judge, details });
  transfers.onVerdict((image, verdict) => {
    if (images.getByUid(image.uid) === undefined) return;
    verdicts.set(image.uid, { generation: image.generation, verdict });
    controller.enqueue(keyOfRef(image));
  });
  images.onChange((change) => {
    if (change.kind === 'Updated' && !isStatusOnly(change)) transfers.imageChanged(change.current);
    // Somebody brought its file, or took it away.
    if (change.kind === 'Updated' && !isDeepStrictEqual(change.previous.status?.upload, change.current.status?.upload))
      controller.enqueue(keyOf(change.current));
    // An object of the same name may have taken its place.
    if (change.kind === 'Added' || change.previous.metadata.uid === change.current?.metadata.uid) return;
    verdicts.delete(change.previous.metadata.uid);
    transfers.imageDeleted(change.previous.metadata.uid);
  });
  return controller;

  function judge(image: Image): Readiness | undefined {
    const { metadata, spec, status } = image;
    const verdict = verdictOn(image);
    const observed = observedContent(spec, status, verdict);
    const readiness = judgeImage(spec, verdict, observed, addresses, status);
    if (readiness !== undefined) return readiness;
    // What an earlier operator found out of this very spec stands until a transfer shows something else.
    const reported = findCondition(status?.conditions, 'Ready');
    return reported?.observedGeneration === metadata.generation ? undefined : unfetched(observed);
  }

  function details(image: Image): { readonly [Field in keyof Observed]: Observed[Field] | undefined } {
    const observed = observedContent(image.spec, image.status, verdictOn(image));
    return observed ?? { format: undefined, sha256: undefined, sizeBytes: undefined, virtualSizeBytes: undefined };
  }

  function verdictOn({ metadata }: Image): ImageVerdict | undefined {
    const known = verdicts.get(metadata.uid);
    return known?.generation === metadata.generation ? known.verdict : undefined;
  }
}
