/** The demo's image server as a process of its own: `node serve-images.ts DIRECTORY PORT`. */
import { ImageServer } from '../image-server.ts';

const [dir = '.', port = '0'] = process.argv.slice(2);
await ImageServer.start({ dir, port: Number(port) });
