/** The Image controller: says what is known of an Image. It fetches nothing: that is done for the Instances that need it. */
import type { Image } from '../../crds/image.ts';
import { keyOfRef } from '../kernel/api/object.ts';
import type { Controller } from '../kernel/controller/controller.ts';
import type { Lease } from '../kernel/lease/lease.ts';
import type { Manager } from '../kernel/manager/types.ts';
import { findCondition } from '../kernel/status/conditions.ts';
import type { Readiness } from '../reporting/readiness.ts';
import { addReportingController } from '../reporting/reporting-controller.ts';
import { IMAGES } from '../resources.ts';
import type { AddressPolicy } from './download/addresses.ts';
import { judgeImage, NOT_FETCHED } from './readiness.ts';
import type { BaseTransfers, ImageVerdict } from './transfers/base-transfers.ts';

interface Known {
  readonly generation: number;
  readonly verdict: ImageVerdict;
}

export function addImageController(manager: Manager, lease: Lease, transfers: BaseTransfers, addresses: AddressPolicy): Controller {
  const images = manager.cache(IMAGES);
  /** The last verdict, by uid of Images that exist. */
  const verdicts = new Map<string, Known>();
  const controller = addReportingController(manager, lease, { name: 'images', resource: IMAGES, judge });
  transfers.onVerdict((image, verdict) => {
    if (images.getByUid(image.uid) === undefined) return;
    verdicts.set(image.uid, { generation: image.generation, verdict });
    controller.enqueue(keyOfRef(image));
  });
  images.onChange(({ kind, previous }) => {
    if (kind === 'Deleted') verdicts.delete(previous.metadata.uid);
  });
  return controller;

  function judge(image: Image): Readiness | undefined {
    const { metadata, spec, status } = image;
    const known = verdicts.get(metadata.uid);
    const verdict = known?.generation === metadata.generation ? known.verdict : undefined;
    const readiness = judgeImage(spec, verdict, addresses);
    if (readiness !== undefined) return readiness;
    // What an earlier operator found out of this very spec stands until a transfer shows something else.
    const reported = findCondition(status?.conditions, 'Ready');
    return reported?.observedGeneration === metadata.generation ? undefined : NOT_FETCHED;
  }
}
