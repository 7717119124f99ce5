/** Types of the tables, taken apart. */
export interface Word {
  readonly kind: 'string' | 'int' | 'float' | 'bool' | 'datetime' | 'enum' | 'ref' | 'record' | 'set' | 'snapshot' | 'void';
  /** The enumeration, the class, or of a set the word. */
  readonly of: string;
}

export type Type =
  | { readonly shape: 'word'; readonly word: Word }
  | { readonly shape: 'set'; readonly word: Word }
  | { readonly shape: 'map'; readonly key: Word; readonly word: Word };

const known = new Map<string, Type>();

export function parseType(text: string): Type {
  const before = known.get(text);
  if (before !== undefined) return before;
  const [first = '', second = '', third = ''] = text.split(' ');
  const type: Type =
    first === 'set'
      ? { shape: 'set', word: parseWord(second) }
      : first === 'map'
        ? { shape: 'map', key: parseWord(second), word: parseWord(third) }
        : { shape: 'word', word: parseWord(first) };
  known.set(text, type);
  return type;
}

export function parseWord(text: string): Word {
  const [kind = '', of = ''] = text.split(':');
  return { kind: kind as Word['kind'], of };
}
