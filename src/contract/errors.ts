/**
 * The one catalogue of faults: things that went wrong and are thrown. Expected outcomes (a refused
 * switchover) are values, not faults. A test demands that each code is documented and thrown somewhere.
 */
import { DeadlineExceeded } from '../core/deadline.ts';

interface FaultKind {
  readonly status: number;
  readonly exit: 1 | 2 | 3;
  readonly retryable: boolean;
  readonly help: string;
}

const kind = (status: number, exit: 1 | 2 | 3, retryable: boolean, help: string): FaultKind => ({
  status,
  exit,
  retryable,
  help,
});

export const faultKinds = {
  'bad-request': kind(
    400,
    2,
    false,
    'The request does not have the form the API takes; `details` names the field.',
  ),
  unauthorized: kind(401, 2, false, 'Send the token that the controller wrote at its first start.'),
  'not-found': kind(404, 2, false, 'There is nothing of that name; the message lists what there is.'),
  refused: kind(
    409,
    3,
    false,
    'The request is understood but a fact stands in its way; `refusals` lists them.',
  ),
  'config-invalid': kind(500, 2, false, 'The configuration file has an error; the message names the key.'),
  'controller-unreachable': kind(
    503,
    1,
    true,
    'No answer from the controller: is it running, is the URL right?',
  ),
  'server-unreachable': kind(503, 1, true, 'The database server does not take connections.'),
  'access-denied': kind(
    502,
    1,
    false,
    'The database server refuses the account or lacks a privilege for it.',
  ),
  'deadline-exceeded': kind(
    504,
    1,
    true,
    'The server did not answer in time; it may still have done what was asked.',
  ),
  'connection-lost': kind(
    502,
    1,
    true,
    'The connection broke while a statement ran; it may or may not have run.',
  ),
  'statement-failed': kind(
    502,
    1,
    false,
    'The database server refused a statement; its own words are in the message.',
  ),
  'position-not-reached': kind(504, 1, true, 'The replica did not apply the position in time.'),
  'transactions-running': kind(
    409,
    1,
    true,
    'Transactions outlived the grace period and the policy forbids ending them.',
  ),
  'replication-broken': kind(
    502,
    1,
    false,
    'The replica cannot follow its source; its own words are in the message.',
  ),
  'verification-failed': kind(409, 1, false, 'A fact the plan depends on is not true any more.'),
  'primary-alive': kind(409, 1, false, 'The primary is not dead, or not surely enough to take over from it.'),
  'loss-not-accepted': kind(
    409,
    1,
    false,
    'More acknowledged writes would be lost than the policy allows; a person may accept it with --accept-data-loss.',
  ),
  'agent-unreachable': kind(503, 1, true, 'The agent on the database host does not answer.'),
  'salvage-impossible': kind(
    502,
    1,
    false,
    'The log of the dead server cannot be read: encrypted, damaged, or purged too far.',
  ),
  'hook-vetoed': kind(409, 1, false, 'A hook that runs before the switchover ended with a non-zero status.'),
  'hook-timed-out': kind(504, 1, false, 'A hook did not end in time and was killed.'),
  'route-unreachable': kind(
    502,
    1,
    true,
    'The route does not answer: HAProxy on its runtime socket, or the agents that carry an address.',
  ),
  'route-refused': kind(
    502,
    1,
    false,
    'The route would not be moved: HAProxy answered with an error, or another host has the address.',
  ),
  abandoned: kind(409, 1, false, 'A person gave the operation up while its outcome could not be told.'),
  'lease-lost': kind(409, 1, true, 'Another controller holds the cluster now; this one stopped acting.'),
  'store-unavailable': kind(503, 1, true, 'The store cannot be written: disk full, read-only, or gone.'),
  internal: kind(500, 1, false, 'A defect in Dauphin; please report it with the log.'),
} as const satisfies Record<string, FaultKind>;

export type FaultCode = keyof typeof faultKinds;

export type FaultDetails = Readonly<Record<string, unknown>>;

export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: FaultDetails;

  constructor(code: FaultCode, message: string, options: { cause?: unknown; details?: FaultDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return faultKinds[this.code].retryable;
  }
}

/** Any thrown value as a Fault; what is none becomes `internal` with its cause kept. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof DeadlineExceeded)
    return new Fault('deadline-exceeded', thrown.message, { cause: thrown });
  return new Fault('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
