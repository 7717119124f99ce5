/** Turning log fields into JSON: errors as records, nothing that looks like a secret. */

/** Keys whose values are never written, at any depth. A net below the rope: do not log them in the first place. */
const HIDDEN =
  /^(authorization|password|passphrase|token|bearertoken|secret|stringdata|userdata|privatekey|clientkey|client-key-data|cookie)$/i;
const MAX_DEPTH_OF_CAUSES = 3;

/** For JSON.stringify. */
export function replacer(key: string, value: unknown): unknown {
  if (HIDDEN.test(key) && value !== undefined && value !== null) return '[hidden]';
  if (value instanceof Error) return errorFields(value, MAX_DEPTH_OF_CAUSES);
  return typeof value === 'bigint' ? value.toString() : value;
}

function errorFields(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { name, message, stack, cause } = error;
  const { code, reason, label } = error as { readonly code?: unknown; readonly reason?: unknown; readonly label?: unknown };
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
    ...(label !== undefined && { label }),
    // Where it was thrown matters for mistakes of the program; failures with a reason explain themselves.
    ...(reason === undefined && label === undefined && { stack }),
    ...(cause instanceof Error && depth > 0 && { cause: errorFields(cause, depth - 1) }),
  };
}
