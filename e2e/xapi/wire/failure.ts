/** How a call fails: `ErrorDescription`, a code and its parameters. */
import type { ERRORS, ErrorCode } from '../../../drivers/xen/model/errors.ts';

export class Failure extends Error {
  readonly code: string;
  readonly parameters: readonly string[];

  constructor(code: string, parameters: readonly string[] = []) {
    super(`${code}(${parameters.join(', ')})`);
    this.name = 'Failure';
    this.code = code;
    this.parameters = parameters;
  }

  get description(): readonly string[] {
    return [this.code, ...this.parameters];
  }
}

type Texts<T extends readonly string[]> = { readonly [K in keyof T]: string };
type ParametersOf<C extends ErrorCode> = Texts<(typeof ERRORS)[C]>;

/** A failure with as many parameters as its code has. */
export function failure<C extends ErrorCode>(code: C, ...parameters: ParametersOf<C>): Failure {
  return new Failure(code, parameters);
}

export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return failure('INTERNAL_ERROR', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}
