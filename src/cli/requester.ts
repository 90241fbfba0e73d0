/** Who asks, as the journal keeps it: `ada@laptop`. */
import { hostname, userInfo } from 'node:os';
import type { CliIo } from './cli-io.ts';
import { oneLine, truncate } from './one-line.ts';

/** The API takes no longer one. */
const longest = 200;

export function requester(env: CliIo['env']): string {
  return truncate(
    oneLine(`${env.SUDO_USER || env.USER || env.LOGNAME || accountName()}@${hostname()}`),
    longest,
  );
}

/** Containers run under user ids that no account has; then there is no name to be had. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
