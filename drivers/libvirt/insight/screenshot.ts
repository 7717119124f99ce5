/** A picture of what is on a machine's first screen, as the host makes it: PPM, or PNG of newer ones. */
import { LibvirtError, type LibvirtClient } from 'node-libvirt';
import { NO_SCREEN, type Screenshot } from '../../insight.ts';
import { DriverError } from '../../labels.ts';
import type { Left } from '../time.ts';
import { readOn } from './diagnostics.ts';

/** Four times what a 4K screen takes. */
const MOST_BYTES = 100 * 1024 * 1024;

export async function takeScreenshot(client: LibvirtClient, machineId: string, left: Left): Promise<Screenshot> {
  const { domain } = await readOn(client, machineId, left);
  try {
    const stream = await client.domains.screenshot(domain, left());
    try {
      return pictureOf(await collected(stream));
    } finally {
      stream.abort();
    }
  } catch (error) {
    throw isWithoutScreen(error) ? noScreen(domain.name, error) : error;
  }
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES)
      throw new DriverError('Unsupported', `the picture has more than ${MOST_BYTES} bytes`, { reason: 'PictureTooLarge' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function pictureOf(content: Uint8Array): Screenshot {
  const begins = Buffer.from(content.subarray(0, 4)).toString('latin1');
  if (begins === '\u0089PNG') return { format: 'PNG', content };
  if (begins.startsWith('P6')) return { format: 'PPM', content };
  throw new DriverError('Unsupported', 'the host made a picture that is neither PNG nor PPM', { reason: 'PictureFormatUnknown' });
}

/** In the words of libvirt where the definition has no graphics card, and of QEMU where that is of type none. */
const isWithoutScreen = (error: unknown): boolean =>
  error instanceof LibvirtError &&
  /no screens? to take|no console to take|no such screen|currently is only one screen/i.test(error.message);

const noScreen = (name: string, cause: unknown): DriverError =>
  new DriverError('Unsupported', `machine ${name} has no graphics card: give it one (spec.devices.video)`, { reason: NO_SCREEN, cause });
