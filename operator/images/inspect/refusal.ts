/** Why an image is refused: always `InvalidSpec`, since the same content would be refused again. */
import { DriverError } from '../../../drivers/labels.ts';

/** Not the format that the Image says it is. */
export function unexpectedFormat(message: string): DriverError {
  return new DriverError('InvalidSpec', message, { reason: 'UnexpectedFormat' });
}

/** Would make the host open something else than this file, or more of it than is good for the host. */
export function unsafeImage(message: string): DriverError {
  return new DriverError('InvalidSpec', message, { reason: 'UnsafeImage' });
}

/** Larger than this operator accepts. */
export function imageTooLarge(message: string): DriverError {
  return new DriverError('InvalidSpec', message, { reason: 'ImageTooLarge' });
}

/** Ends early, or its own tables point outside it. */
export function damagedImage(message: string): DriverError {
  return new DriverError('InvalidSpec', message, { reason: 'DamagedImage' });
}
