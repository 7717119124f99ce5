/** JSON-RPC 2.0, and 1.0 for those who do not say which. A failure's code is the message, its parameters are the data. */
import type { Value } from '../../../drivers/xen/model/model.ts';

export interface JsonCall {
  readonly method: string;
  readonly parameters: readonly unknown[];
  readonly version: 1 | 2;
  readonly id: unknown;
}

/** @throws SyntaxError for what is no call */
export function parseJsonCall(text: string): JsonCall {
  const sent: unknown = JSON.parse(text);
  if (typeof sent !== 'object' || sent === null) throw new SyntaxError('not a call');
  const { jsonrpc, method, params, id } = sent as Readonly<Record<string, unknown>>;
  if (typeof method !== 'string') throw new SyntaxError('a call names its method');
  if (params !== undefined && !Array.isArray(params)) throw new SyntaxError('parameters are a list');
  return { method, parameters: params ?? [], version: jsonrpc === '2.0' ? 2 : 1, id: id ?? null };
}

export function jsonSuccess({ version, id }: Pick<JsonCall, 'version' | 'id'>, result: Value): string {
  return JSON.stringify(version === 2 ? { jsonrpc: '2.0', result, id } : { result, error: null, id });
}

export function jsonFailure({ version, id }: Pick<JsonCall, 'version' | 'id'>, description: readonly string[]): string {
  if (version === 1) return JSON.stringify({ result: null, error: description, id });
  const [message, ...data] = description;
  return JSON.stringify({ jsonrpc: '2.0', error: { code: 1, message, data }, id });
}
