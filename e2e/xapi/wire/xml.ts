/** As much XML as XML-RPC needs: elements and text. Attributes are passed over; there are no document types, so no entities of theirs. */
export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  /** All text right inside, entities resolved. */
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s/>]+)[^>]*?(\/?)>|([^<]+)/g;

/** @throws SyntaxError for what is not well-formed */
export function parseXml(source: string): Element {
  const root: Open = { name: '', children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    if (match.index !== end) throw new SyntaxError(`not XML at character ${end}`);
    end += match[0].length;
    const [, verbatim, closing, name, empty, text] = match;
    const inner = open.at(-1) ?? root;
    if (verbatim !== undefined) inner.text += verbatim;
    else if (text !== undefined) inner.text += unescape(text);
    else if (name === undefined) continue;
    else if (closing === '/') close(open, name);
    else {
      const element: Open = { name, children: [], text: '' };
      inner.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  const [first, ...more] = root.children;
  if (first === undefined || more.length > 0 || open.length > 1 || end !== source.length) throw new SyntaxError('not one XML element');
  return first;
}

function close(open: Open[], name: string): void {
  if (open.length < 2 || open.pop()?.name !== name) throw new SyntaxError(`</${name}> closes nothing`);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (all, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return NAMED[name ?? ''] ?? all;
  });
}
