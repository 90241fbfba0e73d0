/** Errors of receivers as an engine tells them, for tests. */
import type { ReceiverError } from '../observation.ts';

/** In connecting; by default it did not get through. */
export function connectError(
  code: number,
  message: string,
  meaning: ReceiverError['meaning'] = 'of-the-way',
): ReceiverError {
  return { code, message, meaning, connecting: true };
}

/** Said by its source while they were connected. */
export function sourceError(code: number, message: string): ReceiverError {
  return { code, message, meaning: 'other', connecting: false };
}
