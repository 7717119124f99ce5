/**
 * XML as plain records, both ways: what is sent to libvirt is built, never pasted, and what comes back is parsed into the
 * same shape, so that parts of a definition can be carried over as they are.
 *
 * An element is a record: `@name` an attribute, `#text` its text beside attributes, anything else child elements. A child
 * that is only text may be that string. Order among children of different names is not kept; libvirt gives it no meaning.
 */
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { DriverError } from '../labels.ts';

export type XmlValue = string | number | XmlElement | readonly (string | number | XmlElement)[];
export interface XmlElement {
  readonly [name: string]: XmlValue | undefined;
}

const shape = { ignoreAttributes: false, attributeNamePrefix: '@', textNodeName: '#text' } as const;
const builder = new XMLBuilder({ ...shape, suppressEmptyNode: true, suppressBooleanAttributes: false, processEntities: true });
// Every element is a list, so that one disk and two disks are read alike; values stay strings.
const parser = new XMLParser({
  ...shape,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  htmlEntities: true, // libvirt writes what is not ASCII as `&#xE9;`
  ignoreDeclaration: true,
  ignorePiTags: true,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
});

/** Attributes and texts are escaped here and nowhere else; absent (`undefined`) parts are left out. */
export function buildXml(name: string, element: XmlElement): string {
  return builder.build({ [name]: present(element) });
}

/** The root element, whose name must be as given. Throws `Unknown`: a host that sends something else cannot be read. */
export function parseXml(name: string, xml: string): XmlElement {
  try {
    const root = asElement((parser.parse(xml) as XmlElement)[name]);
    if (root !== undefined) return root;
  } catch (cause) {
    throw new DriverError('Unknown', `libvirt sent XML that cannot be read (wanted <${name}>)`, { cause });
  }
  throw new DriverError('Unknown', `libvirt sent XML without <${name}>`);
}

export function children(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  const value = element?.[name];
  const list = Array.isArray(value) ? (value as readonly (string | XmlElement)[]) : value === undefined ? [] : [value];
  return list.map((item) => asElement(item) ?? {});
}

/** The first child of each name in turn: `child(domain, 'os', 'type')`. */
export function child(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => children(at, name)[0], element);
}

export function attribute(element: XmlElement | undefined, name: string): string | undefined {
  return scalar(element?.[`@${name}`]);
}

/** Text of the element itself; '' when it has none. */
export function textOf(element: XmlElement | undefined): string {
  return scalar(element?.['#text']) ?? '';
}

/** A size with its unit (`<memory unit='KiB'>`), in bytes; libvirt's default unit there is KiB. */
export function bytesOf(element: XmlElement | undefined, defaultUnit = 'KiB'): number {
  return Number(textOf(element) || '0') * (UNITS[attribute(element, 'unit') ?? defaultUnit] ?? 1);
}

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KiB: 2 ** 10,
  k: 2 ** 10,
  MiB: 2 ** 20,
  M: 2 ** 20,
  GiB: 2 ** 30,
  G: 2 ** 30,
  TiB: 2 ** 40,
  T: 2 ** 40,
};

const scalar = (value: XmlValue | undefined): string | undefined => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
};

function asElement(value: XmlValue | undefined): XmlElement | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return asElement((value as readonly XmlValue[])[0]);
  return typeof value === 'object' ? (value as XmlElement) : { '#text': value };
}

function present(element: XmlElement): XmlElement {
  const kept = Object.entries(element).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, presentValue(value as XmlValue)]));
}

function presentValue(value: XmlValue): XmlValue {
  if (Array.isArray(value)) return (value as readonly XmlValue[]).map((item) => presentValue(item) as XmlElement);
  return typeof value === 'object' ? present(value as XmlElement) : value;
}
