/** Looking something up that may not exist is a question, not a failure. */
import { isLibvirtError } from '../errors.ts';

/** Undefined when the daemon answers with this error code, `NO_DOMAIN` for instance. */
export async function unlessMissing<T>(lookup: Promise<T>, missingCode: number): Promise<T | undefined> {
  try {
    return await lookup;
  } catch (error) {
    if (isLibvirtError(error, missingCode)) return undefined;
    throw error;
  }
}
