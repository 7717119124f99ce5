/**
 * Sockets that read much: into large buffers, one reading behind the other, so that a message which comes in several readings
 * lies in one piece and is not copied together. They are given one such buffer each, also while they idle.
 */
import net from 'node:net';

/** A buffer is left for the next one when less than this is free in it. */
const LEAST_ROOM_BYTES = 64 * 1024;
const BUFFER_BYTES = 2 * 1024 * 1024;

/** Not connected yet. */
export function bulkSocket(options: net.NetConnectOpts): net.Socket {
  let buffer = Buffer.alloc(0);
  let used = 0;
  const room = (): Buffer => {
    if (buffer.length - used < LEAST_ROOM_BYTES) {
      buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
      used = 0;
    }
    return buffer.subarray(used);
  };
  const callback = (length: number): boolean => {
    const read = buffer.subarray(used, used + length);
    used += length;
    return socket.push(read);
  };
  const socket: net.Socket = net.connect({ ...options, onread: { buffer: room, callback } });
  return socket;
}
