/** A file that somebody brings, where there is no server to fetch it from. */
import { Type } from 'typebox';
import { int64 } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { objectName, text, word } from '../schema/text.ts';

export const ImageUpload = Type.Object(
  { imageStoreName: Type.Optional(objectName('ImageStore that takes it. Absent: the default one.')) },
  { description: 'Somebody puts the file into an ImageStore, where status.upload says.' },
);

export const UploadStatus = Type.Object(
  {
    imageStoreName: objectName('ImageStore that it goes to.'),
    key: word('Name of the file in it.', 255),
    url: text('Where to PUT the file. The store may ask for credentials.', 2048),
    sizeBytes: Type.Optional(int64('Size of the file in bytes. Absent: it is not there yet.')),
  },
  { description: 'Of a source upload: where the file goes, and whether it is there.' },
);
export type UploadStatus = Read<typeof UploadStatus>;
