/** The reason of what waits until a disk has been copied. */
export const VOLUME_BEING_COPIED = 'VolumeBeingCopied';
