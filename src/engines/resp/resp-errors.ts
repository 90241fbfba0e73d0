/** Translates what the RESP client throws into the catalogue. Nobody above sees a `ReplyError`. */
import { Fault, type FaultCode } from '../../contract/errors.ts';
import { DeadlineExceeded } from '../../core/deadline.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { isLost, isUnreachable, socketError } from '../wire/socket-errors.ts';

/** The server's answer is an error; its first word is a code: `READONLY`, `ERR`. */
export const isReplyError = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && thrown.name === 'ReplyError';

const denied = new Set(['WRONGPASS', 'NOAUTH', 'NOPERM']);
/** It serves nobody yet, and will. */
const notYet = new Set(['LOADING', 'MASTERDOWN', 'BUSY', 'TRYAGAIN', 'CLUSTERDOWN']);

/** The first word of a server's error, behind a Fault; empty when there is none. */
export function replyCode(thrown: unknown): string {
  const reply = thrown instanceof Fault ? thrown.details.reply : undefined;
  return typeof reply === 'string' ? reply : '';
}

/**
 * `what` names what was being done: `connect`, `read position`. `details.full`: it serves, and had no connection to
 * spare; `details.refused`: nobody listens there; `details.reply`: the code of the server's own error.
 */
export function translateRespError(thrown: unknown, address: Address, what: string): Fault {
  if (thrown instanceof Fault) return thrown;
  const where = `${formatAddress(address)}: ${what}`;
  if (thrown instanceof DeadlineExceeded) {
    return new Fault('deadline-exceeded', `${where}: no answer within ${thrown.deadlineMs} ms`, {
      cause: thrown,
    });
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new Fault('connection-lost', `${where}: given up`, { cause: thrown });
  }
  if (isReplyError(thrown)) return fromReply(thrown, where);
  const { code, message, refused } = socketError(thrown);
  return new Fault(codeOf(code), `${where}: ${message}`, {
    cause: thrown,
    details: { code, ...(refused ? { refused: true } : {}) },
  });
}

function codeOf(code: string): FaultCode {
  return isUnreachable(code) && !isLost(code) ? 'server-unreachable' : 'connection-lost';
}

function fromReply(thrown: Error, where: string): Fault {
  const reply = thrown.message.split(' ', 1)[0] ?? '';
  const full = thrown.message.includes('max number of clients reached');
  const code = denied.has(reply)
    ? 'access-denied'
    : full || notYet.has(reply)
      ? 'server-unreachable'
      : 'statement-failed';
  return new Fault(code, `${where}: ${thrown.message}`, {
    cause: thrown,
    details: { reply, ...(full ? { full: true } : {}) },
  });
}
