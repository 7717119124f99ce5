/** Asking a running guest to let go of a device. */
import { DomainDeviceModify, ErrorCode, isLibvirtError, LibvirtError, type Domain, type LibvirtClient } from 'node-libvirt';
import { pause, type Left } from '../time.ts';
import type { XmlElement } from '../xml.ts';
import { readBoth } from './both.ts';

/** Longer than libvirt itself waits for the guest. */
const LETS_GO_WITHIN_MS = 6_000;
const LOOK_AGAIN_MS = 250;

/**
 * Asks once and looks until it is gone; false: it is there still. A guest that was asked before and is not through yet is
 * not asked again: QEMU refuses that, and the first request stands.
 */
export async function releases(
  client: LibvirtClient,
  domain: Domain,
  device: string,
  isThere: (live: XmlElement | undefined) => boolean,
  left: Left,
): Promise<boolean> {
  const deadline = performance.now() + Math.min(LETS_GO_WITHIN_MS, left().timeoutMs / 2);
  try {
    await client.domains.detachDevice(domain, device, { flags: DomainDeviceModify.LIVE, ...left() });
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_DOMAIN)) return true;
    if (!(error instanceof LibvirtError) || !isAskedOrGone(error)) throw error;
  }
  for (;;) {
    const { live } = await readBoth(client, { domain, active: true, persistent: false }, left);
    if (!isThere(live)) return true;
    if (performance.now() >= deadline) return false;
    await pause(LOOK_AGAIN_MS, left);
  }
}

const isAskedOrGone = (error: LibvirtError): boolean =>
  error.code === ErrorCode.DEVICE_MISSING || /in the process of unplug|not found/.test(error.message);
