/** The files below a disk of a running machine, which its definition names while it runs. */
import { attribute, child, type XmlElement } from '../xml.ts';
import { pathOfDisk } from './view.ts';
import { diskElements } from './volumes.ts';

/** The disk with its source at that path. */
export const diskAt = (domain: XmlElement | undefined, path: string): XmlElement | undefined =>
  diskElements(domain).find((disk) => pathOfDisk(disk) === path);

/** Paths of what it stands on, the nearest first. */
export function filesBelow(disk: XmlElement | undefined): readonly string[] {
  const below = child(disk, 'backingStore');
  const path = attribute(child(below, 'source'), 'file');
  return path === undefined ? [] : [path, ...filesBelow(below)];
}

/** What a job on one of its disks calls that. */
export const targetDev = (disk: XmlElement): string => attribute(child(disk, 'target'), 'dev') ?? '';
