/** What is served at which path. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { World } from '../world/world.ts';
import type { Routes } from './listener.ts';
import { answerCall } from './rpc.ts';

export function routesOf(world: World, host: () => Ref): Routes {
  return {
    request: async (request, response) => {
      if (request.method === 'POST') await answerCall(world, host(), request, response);
      else notFound(response);
    },
    connect: (_request, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'),
  };
}

export type Answer = (world: World, host: Ref, request: IncomingMessage, response: ServerResponse) => Promise<void>;

function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n');
}
