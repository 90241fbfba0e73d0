/** What a receiver's error says of its source, by MySQL's and MariaDB's numbers and words. */
import type { ReceiverError } from '../../core/observation.ts';
import { replicationError } from './channel-fields.ts';
import type { Row } from './rows.ts';

/** They name the operating system's error in the text of theirs: 111 is ECONNREFUSED. */
const refused = /\(111\b|refused/i;

/** MariaDB and MySQL before 8.0.33 say `master`, later ones `source`. */
const connecting = /error (re)?connecting to (master|source)/i;

/**
 * The source's own refusals, which only a living one can give: too many connections (1040, 1203, 1226), access denied
 * (1044, 1045, 1698), host blocked or not allowed (1129, 1130).
 */
const answers: ReadonlySet<number> = new Set([1040, 1044, 1045, 1129, 1130, 1203, 1226, 1698]);

/** Errors of the client library (2000 to 2999): the receiver did not get through, or lost its connection. */
const ofTheWay = (code: number): boolean => code >= 2000 && code < 3000;

function meaningOf(code: number, message: string): ReceiverError['meaning'] {
  if (answers.has(code)) return 'source-answers';
  if (!ofTheWay(code)) return 'other';
  return refused.test(message) ? 'refused' : 'of-the-way';
}

export function receiverError(row: Row): ReceiverError | undefined {
  const error = replicationError(row, 'IO');
  if (!error) return undefined;
  const { code, message } = error;
  return { ...error, meaning: meaningOf(code, message), connecting: connecting.test(message) };
}
