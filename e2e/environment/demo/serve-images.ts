/** The demo's image server as a process of its own: `node serve-images.ts DIRECTORY ADDRESS PORT`. */
import { ImageServer } from '../image-server.ts';

const [dir = '.', address = '127.0.0.1', port = '0'] = process.argv.slice(2);
await ImageServer.start({ dir, address, port: Number(port) });
