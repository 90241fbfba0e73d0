/** Why a server shows no events of a log from where they are wanted. */
import { serverErrorNumber } from './driver-errors.ts';

/** ER_ERROR_WHEN_EXECUTING_COMMAND, which says more in words. */
const notShown = 1220;
const noSuchFile = /could not find target log/i;

/** Undefined for an error that says something else. */
export function whyNotShown(thrown: unknown): 'no file' | 'not from there' | undefined {
  if (serverErrorNumber(thrown) !== notShown) return undefined;
  return noSuchFile.test(String(thrown)) ? 'no file' : 'not from there';
}
