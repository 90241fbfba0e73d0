/** What options and arguments of the command line are read as. Each throws what commander tells the user. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';

/** Milliseconds. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1) throw new InvalidArgumentError('It must be a duration such as 30m or 2h.');
  return Math.ceil(ms);
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
