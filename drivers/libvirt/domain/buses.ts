/** What volumes on other buses than virtio need of a machine. SATA needs nothing: libvirt adds its controllers. */
import { attribute, child, children, type XmlElement } from '../xml.ts';
import { indexOfTarget } from './names.ts';

/** One for all: it takes 256 disks. */
export const SCSI_CONTROLLER: XmlElement = { '@type': 'scsi', '@index': 0, '@model': 'virtio-scsi' };

/** A place of its own on that controller; libvirt would fill one controller after the other. */
export const scsiAddress = (target: string): XmlElement => ({
  '@type': 'drive',
  '@controller': 0,
  '@bus': 0,
  '@target': indexOfTarget(target),
  '@unit': 0,
});

export const busOf = (disk: XmlElement): string => attribute(child(disk, 'target'), 'bus') ?? '';

export const hasScsi = (domain: XmlElement): boolean =>
  children(child(domain, 'devices'), 'controller').some(
    (one) => attribute(one, 'type') === 'scsi' && Number(attribute(one, 'index') ?? 0) === 0,
  );

/** With a controller where a hard disk is on SCSI and there is none. */
export function withScsi(domain: XmlElement): XmlElement {
  const devices = child(domain, 'devices') ?? {};
  const needed = children(devices, 'disk').some((disk) => busOf(disk) === 'scsi' && attribute(disk, 'device') === 'disk');
  if (!needed || hasScsi(domain)) return domain;
  return { ...domain, devices: { ...devices, controller: [...children(devices, 'controller'), SCSI_CONTROLLER] } };
}
