/** The places where the content of an Image is, told apart: on hosts, and in stores. Pure. */
import type { ContentLocation, Image, ImageLocation, StoredCopy } from '../../crds/image.ts';

type Placed = Pick<Image, 'status'> | undefined;

const placesOf = (image: Placed): readonly ContentLocation[] => image?.status?.locations ?? [];

export const hostLocations = (image: Placed): readonly ImageLocation[] =>
  placesOf(image).flatMap(({ hypervisorName, pool, volume, sharedId }) =>
    hypervisorName === undefined || pool === undefined || volume === undefined
      ? []
      : [{ hypervisorName, pool, volume, ...(sharedId !== undefined && { sharedId }) }],
  );

export const storedCopies = (image: Placed): readonly StoredCopy[] => placesOf(image).flatMap(({ store }) => store ?? []);
