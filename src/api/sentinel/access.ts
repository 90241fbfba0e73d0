/** Who may speak: one account at most, as `requirepass` (the user `default`) or as an ACL user. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Account {
  readonly user: string;
  readonly password: string;
}

export const DEFAULT_USER = 'default';

export type Verdict = 'welcome' | 'wrong' | 'no-password-set';

/** `user` undefined: only a password was said. */
export function verdictOn(account: Account | undefined, user: string | undefined, password: string): Verdict {
  if (account === undefined) {
    if (user === undefined) return 'no-password-set';
    return user === DEFAULT_USER ? 'welcome' : 'wrong';
  }
  const right = same(user ?? DEFAULT_USER, account.user);
  return same(password, account.password) && right ? 'welcome' : 'wrong';
}

/** Takes as long for a wrong text as for the right one. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
