/**
 * Just enough of an assembler to write a boot sector by hand: bytes, labels, and the two kinds of references to labels.
 */

/** Bytes as they are; a label's place; or a reference to one: `Relative` counts from the byte after it, `Absolute` from the origin. */
export type Piece =
  | { readonly kind: 'Bytes'; readonly bytes: readonly number[] }
  | { readonly kind: 'Label'; readonly name: string }
  | { readonly kind: 'Relative'; readonly name: string; readonly size: 1 | 2 }
  | { readonly kind: 'Absolute'; readonly name: string };

export const bytes = (...values: readonly number[]): Piece => ({ kind: 'Bytes', bytes: values });
export const text = (value: string): Piece => ({ kind: 'Bytes', bytes: [...Buffer.from(`${value}\0`, 'latin1')] });
export const label = (name: string): Piece => ({ kind: 'Label', name });
export const short = (name: string): Piece => ({ kind: 'Relative', name, size: 1 });
export const near = (name: string): Piece => ({ kind: 'Relative', name, size: 2 });
export const address = (name: string): Piece => ({ kind: 'Absolute', name });

/** Machine code that runs when loaded at `origin`. Throws on an unknown label and on a short jump that is too far. */
export function assemble(origin: number, pieces: readonly Piece[]): Buffer {
  const places = placeLabels(pieces);
  const placeOf = (name: string): number => {
    const place = places.get(name);
    if (place === undefined) throw new Error(`unknown label ${name}`);
    return place;
  };
  const code = Buffer.alloc(pieces.reduce((sum, piece) => sum + sizeOf(piece), 0));
  let at = 0;
  for (const piece of pieces) {
    const next = at + sizeOf(piece);
    switch (piece.kind) {
      case 'Bytes':
        Buffer.from(piece.bytes).copy(code, at);
        break;
      case 'Relative':
        code.writeIntLE(placeOf(piece.name) - next, at, piece.size);
        break;
      case 'Absolute':
        code.writeUInt16LE(origin + placeOf(piece.name), at);
        break;
      case 'Label':
        break;
    }
    at = next;
  }
  return code;
}

function placeLabels(pieces: readonly Piece[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  let at = 0;
  for (const piece of pieces) {
    if (piece.kind === 'Label') places.set(piece.name, at);
    at += sizeOf(piece);
  }
  return places;
}

function sizeOf(piece: Piece): number {
  switch (piece.kind) {
    case 'Bytes':
      return piece.bytes.length;
    case 'Label':
      return 0;
    case 'Relative':
      return piece.size;
    case 'Absolute':
      return 2;
  }
}
