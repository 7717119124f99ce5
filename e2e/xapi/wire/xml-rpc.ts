/** XML-RPC as XAPI speaks it: results are a struct of `Status` and `Value` or `ErrorDescription`, and there are no faults. */
import { WireDate } from './date-time.ts';
import type { WireValue } from './encode.ts';
import { parseXml, type Element } from './xml.ts';

export interface XmlCall {
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** @throws SyntaxError for what is no call */
export function parseXmlCall(text: string): XmlCall {
  const root = parseXml(text);
  if (root.name !== 'methodCall') throw new SyntaxError(`expected <methodCall>, not <${root.name}>`);
  const parameters = root.children.find(({ name }) => name === 'params')?.children ?? [];
  return {
    method: child(root, 'methodName').text.trim(),
    parameters: parameters.map((parameter) => parseValue(child(parameter, 'value'))),
  };
}

export const xmlSuccess = (value: WireValue): string => response({ Status: 'Success', Value: value });

export const xmlFailure = (description: readonly string[]): string => response({ Status: 'Failure', ErrorDescription: description });

function response(value: WireValue): string {
  return `<?xml version="1.0"?><methodResponse><params><param>${xmlValue(value)}</param></params></methodResponse>`;
}

/** One `<value>`, which is also the form of a task's result. */
export function xmlValue(value: WireValue): string {
  if (typeof value === 'string') return `<value>${escape(value)}</value>`;
  if (typeof value === 'number') return `<value><double>${double(value)}</double></value>`;
  if (typeof value === 'boolean') return `<value><boolean>${value ? 1 : 0}</boolean></value>`;
  if (value instanceof WireDate) return `<value><dateTime.iso8601>${escape(value.text)}</dateTime.iso8601></value>`;
  if (isList(value)) return `<value><array><data>${value.map(xmlValue).join('')}</data></array></value>`;
  const members = Object.entries(value).map(([key, of]) => `<member><name>${escape(key)}</name>${xmlValue(of)}</member>`);
  return `<value><struct>${members.join('')}</struct></value>`;
}

const isList = (value: WireValue): value is readonly WireValue[] => Array.isArray(value);

/** XML-RPC knows no exponents. */
const double = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(1) : String(value).includes('e') ? value.toFixed(12) : String(value);

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };
/** Characters that no XML may hold are left out, as they would make all of it unreadable. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g;
const escape = (text: string): string =>
  text.replaceAll(FORBIDDEN, '').replaceAll(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character);

function parseValue(element: Element): unknown {
  const typed = element.children[0];
  if (typed === undefined) return element.text;
  switch (typed.name) {
    case 'string':
      return typed.text;
    case 'int':
    case 'i4':
    case 'i8':
    case 'double':
      return Number(typed.text);
    case 'boolean':
      return typed.text.trim() === '1';
    case 'dateTime.iso8601':
      return new WireDate(typed.text.trim());
    case 'nil':
      return null;
    case 'array':
      return child(typed, 'data').children.map(parseValue);
    case 'struct':
      return Object.fromEntries(typed.children.map((member) => [child(member, 'name').text, parseValue(child(member, 'value'))]));
    default:
      throw new SyntaxError(`<${typed.name}> is no type of XML-RPC`);
  }
}

function child({ name, children }: Element, wanted: string): Element {
  const found = children.find((one) => one.name === wanted);
  if (found === undefined) throw new SyntaxError(`<${name}> has no <${wanted}>`);
  return found;
}
