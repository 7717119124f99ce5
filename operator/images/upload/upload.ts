/** Files that users bring: what they are called in the store, and what is to be said of them. Pure. */
import type { Image, ImageSource, ImageSpec, ImageStatus } from '../../../crds/image.ts';
import type { Readiness } from '../../reporting/readiness.ts';

export const uploadSource = ({ sources }: ImageSpec): ImageSource | undefined => sources.find(({ upload }) => upload !== undefined);

/** Of this very Image: one of the same name that is made later has another file. */
export const uploadKey = ({ metadata }: Image, { format }: ImageSource): string => `upload-${metadata.uid}.${format}`;

/** What its readiness is as long as nothing else is known; undefined: the file is there. */
export function awaitedUpload(upload: ImageStatus['upload']): Readiness | undefined {
  if (upload === undefined)
    return {
      kind: 'Waiting',
      reason: 'UploadAwaited',
      message:
        'waits until an ImageStore takes it: name one with spec.http in upload.imageStoreName that exists, or have exactly one that is the default',
    };
  if (upload.sizeBytes !== undefined) return undefined;
  return { kind: 'Waiting', reason: 'UploadAwaited', message: `waits until the file is there: PUT it to ${upload.url}` };
}

export const uploaded = ({ imageStoreName, sizeBytes = 0 }: NonNullable<ImageStatus['upload']>): Readiness => ({
  kind: 'Settled',
  reason: 'Uploaded',
  message: `${sizeBytes} bytes are in ImageStore ${imageStoreName}; they are verified when an Instance needs them`,
});
