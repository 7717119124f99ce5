/**
 * The firmware's variables (NVRAM) begin anew when secure boot is switched: with those of the other kind it would check
 * nothing, or refuse everything. libvirt does that at a start, so the definition carries a note until one has done it.
 */
import type { Firmware } from '../../hardware.ts';
import { attribute, child, type XmlElement } from '../xml.ts';
import { needsNewVariables } from './firmware.ts';

/** Beside the mark, in a namespace of its own: libvirt keeps one element of each. */
export const VARIABLES_NAMESPACE = 'https://hostler.dev/xmlns/firmware/v1';
export const VARIABLES_PREFIX = 'hostler-firmware';
const ELEMENT = 'reset-variables';
const NAME = `${VARIABLES_PREFIX}:${ELEMENT}`;

/** The new definition, with the note where it is needed, or was there and no start has seen it. */
export function withVariablesNote(element: XmlElement, before: XmlElement, firmware: Firmware | undefined): XmlElement {
  const noted = attribute(child(before, 'metadata', NAME), `xmlns:${VARIABLES_PREFIX}`) === VARIABLES_NAMESPACE;
  if (!noted && !needsNewVariables(firmware, before)) return element;
  const note = { [NAME]: { [`@xmlns:${VARIABLES_PREFIX}`]: VARIABLES_NAMESPACE } };
  return { ...element, metadata: { ...child(element, 'metadata'), ...note } };
}

/** In what `domainGetMetadata` returns for that namespace. */
export const isVariablesNote = (metadata: string | undefined): boolean => metadata?.startsWith(`<${ELEMENT}`) === true;
