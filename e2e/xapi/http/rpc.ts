/** Calls over HTTP: JSON-RPC at `/jsonrpc`, XML-RPC everywhere else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ref } from '../../../drivers/xen/model/model.ts';
import { Dropped } from '../faults/faults.ts';
import { dispatch, type Result } from '../rpc/dispatch.ts';
import { encodeForXml } from '../wire/encode.ts';
import { asFailure, type Failure } from '../wire/failure.ts';
import { jsonFailure, jsonSuccess, parseJsonCall } from '../wire/json-rpc.ts';
import { parseXmlCall, xmlFailure, xmlSuccess } from '../wire/xml-rpc.ts';
import type { World } from '../world/world.ts';

interface Format {
  readonly contentType: string;
  readonly method: string;
  readonly parameters: readonly unknown[];
  success(result: Result): string;
  failure(failure: Failure): string;
}

export async function answerCall(world: World, host: Ref, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  let format: Format;
  try {
    format = isJson(request) ? asJson(body) : asXml(body);
  } catch (error) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(error instanceof Error ? error.message : String(error));
    return;
  }
  let answer: string;
  try {
    answer = format.success(await dispatch(world, host, format.method, format.parameters));
  } catch (error) {
    if (error instanceof Dropped) {
      request.socket.destroy();
      return;
    }
    answer = format.failure(asFailure(error));
  }
  if (response.destroyed) return;
  // Exactly so: clients take anything else for the other format.
  response.writeHead(200, { 'content-type': format.contentType, 'content-length': Buffer.byteLength(answer) }).end(answer);
}

const isJson = ({ url = '' }: IncomingMessage): boolean => /^\/jsonrpc\/?(\?|$)/.test(url);

function asJson(body: string): Format {
  const call = parseJsonCall(body);
  return {
    ...call,
    contentType: 'application/json',
    success: ({ value }) => jsonSuccess(call, value),
    failure: ({ description }) => jsonFailure(call, description),
  };
}

function asXml(body: string): Format {
  return {
    ...parseXmlCall(body),
    contentType: 'text/xml',
    success: ({ type, value }) => xmlSuccess(encodeForXml(type, value)),
    failure: ({ description }) => xmlFailure(description),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
