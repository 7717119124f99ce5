/** What is served at which path. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ref } from '../../../drivers/xen/model/model.ts';
import type { World } from '../world/world.ts';
import { answerConsole } from './console.ts';
import type { Routes } from './listener.ts';
import { answerCall } from './rpc.ts';
import { exportRawVdi, importRawVdi } from './transfer.ts';

type Answer = (world: World, host: Ref, request: IncomingMessage, response: ServerResponse) => Promise<void>;

const PATHS: Readonly<Record<string, Answer>> = {
  'PUT /import_raw_vdi': importRawVdi,
  'GET /export_raw_vdi': exportRawVdi,
};

export function routesOf(world: World, host: () => Ref): Routes {
  return {
    request: async (request, response) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const answer = request.method === 'POST' ? answerCall : PATHS[`${request.method ?? ''} ${path.replace(/\/$/, '')}`];
      if (answer === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n');
      else await answer(world, host(), request, response);
    },
    connect: (request, socket) => answerConsole(world, request, socket),
  };
}
