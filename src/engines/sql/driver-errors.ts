/** Translates what the MySQL protocol driver throws into the catalogue. Nobody above sees an `ER_*`. */

import { Fault, type FaultCode } from '../../contract/errors.ts';
import { DeadlineExceeded } from '../../core/deadline.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import { isLost, isUnreachable, type SocketError, socketError } from '../wire/socket-errors.ts';

interface DriverError extends SocketError {
  readonly errno: number;
}

function asDriverError(thrown: unknown): DriverError {
  const errno =
    typeof thrown === 'object' && thrown !== null && 'errno' in thrown && typeof thrown.errno === 'number'
      ? thrown.errno
      : 0;
  return { ...socketError(thrown), errno };
}

const killed = new Set([1053, 1317, 1927]);
/** ER_CON_COUNT_ERROR, ER_USER_LIMIT_REACHED, ER_TOO_MANY_USER_CONNECTIONS: it may have room again. */
const full = new Set([1040, 1203, 1226]);

/**
 * ER_ACCESS_DENIED (1045), ER_DBACCESS_DENIED (1044), ER_SPECIFIC_ACCESS_DENIED (1227), plugin and account
 * errors: the account is at fault, not the server.
 */
const denied = new Set([1044, 1045, 1142, 1227, 1698, 3118, 4151]);

function codeFor(error: DriverError): FaultCode {
  if (denied.has(error.errno) || error.code.startsWith('AUTH_SWITCH')) return 'access-denied';
  if (isUnreachable(error.code) || full.has(error.errno)) return 'server-unreachable';
  if (
    isLost(error.code) ||
    error.code === 'PROTOCOL_CONNECTION_LOST' ||
    killed.has(error.errno) ||
    /closed state|Connection lost/i.test(error.message)
  ) {
    return 'connection-lost';
  }
  return error.errno > 0 && error.errno < 100_000 ? 'statement-failed' : 'connection-lost';
}

/**
 * `what` names what was being done: `connect`, `read position`. `details.full`: it serves, and had no connection to
 * spare; `details.refused`: nobody listens there.
 */
export function translateDriverError(thrown: unknown, address: Address, what: string): Fault {
  if (thrown instanceof Fault) return thrown;
  const where = formatAddress(address);
  if (thrown instanceof DeadlineExceeded) {
    return new Fault('deadline-exceeded', `${where}: ${what}: no answer within ${thrown.deadlineMs} ms`, {
      cause: thrown,
    });
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new Fault('connection-lost', `${where}: ${what}: given up`, { cause: thrown });
  }
  const error = asDriverError(thrown);
  return new Fault(codeFor(error), `${where}: ${what}: ${error.message}`, {
    cause: thrown,
    details: {
      code: error.code,
      errno: error.errno,
      ...(full.has(error.errno) ? { full: true } : {}),
      ...(error.refused ? { refused: true } : {}),
    },
  });
}

/** The server's own error number behind a Fault, 0 when there is none. */
export function serverErrorNumber(fault: unknown): number {
  return fault instanceof Fault && typeof fault.details.errno === 'number' ? fault.details.errno : 0;
}
