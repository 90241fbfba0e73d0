/**
 * Of work that is done in parts: a fault that came when some of it was done already, whatever its code. Going on
 * otherwise, or back, would rest on a state that is there no more.
 */
import { asFault, Fault } from './errors.ts';

export const halfDone = (thrown: unknown): Fault => {
  const { code, message, details } = asFault(thrown);
  return new Fault(code, message, { cause: thrown, details: { ...details, halfDone: true } });
};

export const isHalfDone = ({ details }: Fault): boolean => details.halfDone === true;

/** Work after which there is no way back: whatever it throws says so. */
export async function pastReturn<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw halfDone(thrown);
  }
}

/** The opposite, where it is sure: nothing of it was done. Without this it counts as unknown. */
export const untouched = (thrown: unknown): Fault => {
  const { code, message, details } = asFault(thrown);
  return new Fault(code, message, { cause: thrown, details: { ...details, untouched: true } });
};

export const isUntouched = ({ details }: Fault): boolean => details.untouched === true;
