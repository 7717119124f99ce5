/**
 * How a procedure is declared: one line with its name and number in the protocol, its arguments and its result. A test holds
 * every line against libvirt's own description, so a new procedure is one line in the file of its subject, and nothing else:
 *
 *     export const domainReset = procedure('domain_reset', 245, { dom: domainRef, flags: uint }, {}, 'slow');
 */
import type { Codec, Fields, StructOf } from '../xdr/codec.ts';
import { struct } from '../xdr/codec.ts';
import { PROGRAM } from '../wire/frame.ts';

/**
 * Which connection carries the call. `slow` is for what may wait for a guest, for storage or for another job: a daemon stops
 * reading a connection while five of its calls are running.
 */
export type Speed = 'fast' | 'slow';

export interface Procedure<Args, Result> {
  readonly program: number;
  readonly name: string;
  readonly number: number;
  readonly args: Codec<Args>;
  readonly result: Codec<Result>;
  readonly speed: Speed;
}

export function procedure<A extends Fields, R extends Fields>(
  name: string,
  number: number,
  args: A,
  result: R,
  speed: Speed = 'fast',
): Procedure<StructOf<A>, StructOf<R>> {
  return { program: PROGRAM.REMOTE, name, number, args: struct('', args), result: struct('', result), speed };
}

/** A procedure of the QEMU program, which only hosts with QEMU have. */
export function qemuProcedure<A extends Fields, R extends Fields>(
  name: string,
  number: number,
  args: A,
  result: R,
): Procedure<StructOf<A>, StructOf<R>> {
  return { ...procedure(name, number, args, result, 'slow'), program: PROGRAM.QEMU };
}

/** A message that the daemon sends by itself. */
export interface EventMessage<Payload> {
  readonly name: string;
  readonly number: number;
  readonly payload: Codec<Payload>;
}

export function eventMessage<F extends Fields>(name: string, number: number, payload: F): EventMessage<StructOf<F>> {
  return { name, number, payload: struct('', payload) };
}
