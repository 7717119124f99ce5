/** The demo's guest image, and the server that the operator fetches it from. */
import { join } from 'node:path';
import { makeBootSectorImage } from '../../guests/images.ts';
import { freePort } from '../ports.ts';
import { startProcess, stopProcesses } from '../processes.ts';
import { waitFor } from '../wait.ts';
import { places } from './places.ts';

export interface ServedImage {
  readonly url: string;
  readonly sha256: string;
}

/** Served on this machine's address in the lab: the operator fetches nothing from loopback. Stays up when this process ends. */
export async function serveDemoImage(address: string): Promise<ServedImage> {
  const dir = places.images;
  const { fileName, sha256 } = await makeBootSectorImage(dir, 'qcow2');
  const port = await freePort(address);
  await stopProcesses(dir, undefined, 0);
  await startProcess({
    dir,
    name: 'image-server',
    command: process.execPath,
    args: [join(import.meta.dirname, 'serve-images.ts'), dir, address, String(port)],
    logFile: join(dir, 'image-server.log'),
  });
  const url = `http://${address}:${port}/${fileName}`;
  await waitFor('the image server', async () => (await fetch(url, { method: 'HEAD' })).ok);
  return { url, sha256 };
}
