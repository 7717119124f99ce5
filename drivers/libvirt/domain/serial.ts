/** Serial ports. What the guest prints on each is kept in a file of its own on the host. */
import type { XmlElement } from '../xml.ts';

/** libvirt's own folder for what guests leave behind; each machine's serial output is kept there beside QEMU's log. */
export const CONSOLE_LOG_FOLDER = '/var/log/libvirt/qemu';

/** Absent: one, which libvirt gives its number. */
export function serialElements(name: string, ports: number | undefined): XmlElement | readonly XmlElement[] {
  if (ports === undefined) return serialPort(name, 0);
  // Without numbers libvirt counts in an order of its own once there are several.
  return Array.from({ length: ports }, (_, port) => ({ ...serialPort(name, port), target: { '@port': port } }));
}

const serialPort = (name: string, port: number): XmlElement => ({
  '@type': 'pty',
  log: { '@file': `${CONSOLE_LOG_FOLDER}/${consoleLogName(name)}${port === 0 ? '' : `-${port + 1}`}`, '@append': 'on' },
});

/** Names are safe already where the planner made them; another never leads out of the folder. */
const consoleLogName = (name: string): string => `${name.replaceAll(/[^A-Za-z0-9_.+-]/g, '_')}.console`;
