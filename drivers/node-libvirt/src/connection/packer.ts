/**
 * Packs the pieces of a stream into messages as large as a daemon takes: what each costs it hardly depends on its size, and
 * content comes as its source cut it. Nothing is copied.
 */
import { STREAM_CHUNK_BYTES } from '../wire/frame.ts';

export type Message = readonly Uint8Array[];

/** The content, as full messages and a last one. A message waits until it is full, so this is for bulk, not for talk. */
export async function* inMessages(
  content: AsyncIterable<Uint8Array>,
  messageBytes = STREAM_CHUNK_BYTES,
): AsyncGenerator<Message, void, void> {
  let pieces: Uint8Array[] = [];
  let room = messageBytes;
  for await (const chunk of content) {
    for (let rest = chunk; rest.length > 0;) {
      const piece = rest.subarray(0, room);
      pieces.push(piece);
      rest = rest.subarray(piece.length);
      room -= piece.length;
      if (room > 0) continue;
      yield pieces;
      pieces = [];
      room = messageBytes;
    }
  }
  if (pieces.length > 0) yield pieces;
}
