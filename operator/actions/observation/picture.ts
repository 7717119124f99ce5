/** The picture of a screen as status keeps it: a PNG, made smaller where it would be too large. */
import type { ObservedScreen } from '../../../crds/instance-action.ts';
import { OBSERVATION_LIMITS } from '../../../crds/vocabulary.ts';
import type { Screenshot } from '../../../drivers/insight.ts';
import { DriverError } from '../../../drivers/labels.ts';
import { type Pixels, readPpm, shrunk, sizeOfPng, writePng } from './pixels.ts';

/** Of 8K, two pixels by thirty are left then. */
const SMALLEST_SCALE = 256;

/** Throws `Unsupported` where it is no picture, or one that cannot be made small enough. */
export async function pictureOf(
  { format, content }: Screenshot,
  most: number = OBSERVATION_LIMITS.pictureCharacters,
): Promise<ObservedScreen> {
  if (format === 'PNG') return asItIs(content, most);
  const pixels = readPpm(content);
  if (pixels === undefined) throw unreadable();
  for (let scale = 1; scale <= SMALLEST_SCALE; scale *= 2) {
    const screen = await screenOf(pixels, scale);
    if (screen.base64.length <= most) return screen;
  }
  throw tooLarge();
}

async function screenOf(pixels: Pixels, scale: number): Promise<ObservedScreen> {
  const { width, height, rgb } = scale === 1 ? pixels : shrunk(pixels, scale);
  const base64 = Buffer.from(await writePng({ width, height, rgb })).toString('base64');
  return { contentType: 'image/png', base64, width, height, ...(scale === 1 ? {} : { scale }) };
}

function asItIs(content: Uint8Array, most: number): ObservedScreen {
  const size = sizeOfPng(content);
  if (size === undefined) throw unreadable();
  const base64 = Buffer.from(content).toString('base64');
  if (base64.length > most) throw tooLarge();
  return { contentType: 'image/png', base64, ...size };
}

const unreadable = (): DriverError =>
  new DriverError('Unsupported', 'what the host made of the screen is no picture that can be read', { reason: 'PictureFormatUnknown' });
const tooLarge = (): DriverError =>
  new DriverError('Unsupported', 'the picture of the screen is too large for a status: give the guest a smaller screen', {
    reason: 'PictureTooLarge',
  });
