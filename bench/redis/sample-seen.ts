/** Runs as tests need them. */
import type { Seen } from './seen.ts';

export function seen(traits: Partial<Seen> = {}): Seen {
  return { acknowledged: 1000, lost: 0, clientErrors: {}, wrong: [], remarks: [], ...traits };
}
