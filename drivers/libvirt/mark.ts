/**
 * The owner mark in a domain's `<metadata>`: one element in our XML namespace, everything in attributes, so that libvirt's
 * own call for metadata can replace it whole.
 */
import type { MachineRole, OwnerMark } from '../owner.ts';
import { attribute, buildXml, child, parseXml, type XmlElement } from './xml.ts';

export const MARK_NAMESPACE = 'https://hostler.dev/xmlns/v1';
/** The prefix that people see in `virsh dumpxml`; reading goes by the namespace. */
export const MARK_PREFIX = 'hostler';
const ELEMENT = 'owner';

const ROLES = ['main', 'rescue', 'orig', 'retained'] as const satisfies readonly MachineRole[];

/** Child of `<metadata>`, for a definition. */
export function markInDefinition(mark: OwnerMark): XmlElement {
  return { [`${MARK_PREFIX}:${ELEMENT}`]: { [`@xmlns:${MARK_PREFIX}`]: MARK_NAMESPACE, ...attributesOf(mark) } };
}

/** For `domainSetMetadata`, which adds prefix and namespace itself. */
export function markForMetadataCall(mark: OwnerMark): string {
  return buildXml(ELEMENT, attributesOf(mark));
}

/** The mark in a parsed `<domain>`; undefined when there is none, or one that is not complete: then the machine is not ours. */
export function markOfDomain(domain: XmlElement): OwnerMark | undefined {
  const metadata = child(domain, 'metadata');
  for (const name of Object.keys(metadata ?? {})) {
    const prefix = name.slice(0, -ELEMENT.length - 1);
    if (name !== `${prefix}:${ELEMENT}`) continue;
    const element = child(metadata, name);
    if (attribute(element, `xmlns:${prefix}`) === MARK_NAMESPACE) return markOf(element);
  }
  return undefined;
}

/** The mark in what `domainGetMetadata` returns: the element without prefix or namespace. Another element of our namespace is no mark. */
export function markOfMetadata(xml: string): OwnerMark | undefined {
  return xml.startsWith(`<${ELEMENT}`) ? markOf(parseXml(ELEMENT, xml)) : undefined;
}

function attributesOf(mark: OwnerMark): XmlElement {
  const { clusterId, namespace, name, uid, role, origin, operation, runId, bootHash } = mark;
  const entries = Object.entries({ clusterId, namespace, name, uid, role, origin, operation, runId, bootHash });
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[`@${key}`, encode(value)]])));
}

function markOf(element: XmlElement | undefined): OwnerMark | undefined {
  const read = (key: keyof OwnerMark): string | undefined => {
    const value = attribute(element, key);
    return value === undefined ? undefined : decode(value);
  };
  const [clusterId, namespace, name, uid] = [read('clusterId'), read('namespace'), read('name'), read('uid')];
  const role = ROLES.find((known) => known === read('role'));
  if (clusterId === undefined || namespace === undefined || name === undefined || uid === undefined || role === undefined) return undefined;
  const [operation, runId, bootHash] = [read('operation'), read('runId'), read('bootHash')];
  return {
    clusterId,
    namespace,
    name,
    uid,
    role,
    ...(read('origin') === 'Adopted' ? { origin: 'Adopted' as const } : {}),
    ...(operation === undefined ? {} : { operation }),
    ...(runId === undefined ? {} : { runId }),
    ...(bootHash === undefined ? {} : { bootHash }),
  };
}

/**
 * XML has no way to write control characters and half surrogates, and attribute values lose line ends and outer white space (ours of
 * every kind that Unicode knows, in the parser): those
 * (and the percent sign itself) become `%XXXX`, their UTF-16 code. Everything else stays readable.
 */
const UNWRITABLE = /[%\p{Cc}\p{Cs}\ufffe\uffff]|^\s|\s$/gu;

function encode(value: string): string {
  return value.replaceAll(UNWRITABLE, (character) => `%${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function decode(value: string): string {
  return value.replaceAll(/%([0-9a-f]{4})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
