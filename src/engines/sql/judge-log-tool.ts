/** What the log reader's complaints mean. Pure. */
import { Fault } from '../../contract/errors.ts';
import type { LogDialect } from './log-dialect.ts';
import type { LogToolEnd } from './log-tool.ts';

/** Its words that tell nothing of the log. */
const chatter = /^(?:\[?Warning\]?|WARNING: The option|mysqlbinlog: \[Warning\])/i;

/**
 * A server that died while it wrote leaves an event cut off at the log's end: that is no damage, nobody was told of what
 * is in it. Anything else the reader complains of is. Throws `salvage-impossible` with its words.
 */
export function judgeLogTool(
  { harmless, truncated, encrypted }: LogDialect,
  { status, complaints }: LogToolEnd,
): { readonly cutOff: boolean } {
  const told = complaints.filter((line) => !harmless.test(line));
  const serious = told.filter((line) => !truncated.test(line) && !chatter.test(line));
  if (complaints.some((line) => encrypted.test(line))) throw encryptedLog();
  const explained = told.length < complaints.length || told.length > 0;
  if (serious.length > 0 || (status !== 0 && !explained)) {
    const words = serious.join('; ') || `it ended with status ${status}`;
    throw new Fault('salvage-impossible', `the log reader cannot read the log: ${words}`);
  }
  return { cutOff: told.some((line) => truncated.test(line)) };
}

export function encryptedLog(): Fault {
  return new Fault(
    'salvage-impossible',
    'the log is encrypted, and only the running server has the keys: it cannot be read without it',
  );
}
