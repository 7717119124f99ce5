/** Small contents as they go over the wire, and are kept: base64 of the deflated bytes, which are mostly zeros. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

const RUNS = { level: 1, strategy: constants.Z_RLE };

export const packed = (content: Uint8Array): string => deflateRawSync(content, RUNS).toString('base64');

export const unpacked = (content: string): Uint8Array => inflateRawSync(Buffer.from(content, 'base64'));
