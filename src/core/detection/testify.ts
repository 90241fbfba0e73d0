/** What a look at a replica, or an agent's answer, says of the primary. Pure. */
import type { HostState } from '../host.ts';
import type { ReplicationChannel, ReplicationError } from '../observation.ts';
import type { Statement } from './testimony.ts';

export interface Said {
  readonly says: Statement;
  readonly fact: string;
  /** It may yet see the primary serve: its receiver has still to be put to the test, or is at it. */
  readonly open?: true;
}

/** What is known of a receiver besides its last look. */
export interface ReceiverHistory {
  /** It connected, or tried to, since the primary was suspected. */
  readonly tried: boolean;
  /** For how long it has been trying, ms; 0 when it is not known to. */
  readonly tryingMs: number;
}

/** A source that serves has let a receiver in by then. */
export const connectMs = 300;

/** MySQL and MariaDB name the operating system's error in the text of theirs: 111 is ECONNREFUSED. */
const refused = /\(111\b|refused/i;

/**
 * The source's own refusals, which only a living one can give: too many connections (1040, 1203, 1226), access denied
 * (1044, 1045, 1698), host blocked or not allowed (1129, 1130).
 */
const answers: ReadonlySet<number> = new Set([1040, 1044, 1045, 1129, 1130, 1203, 1226, 1698]);

/** Errors of the client library (2000 to 2999): the receiver did not get through, or lost its connection. */
const ofTheWay = (code: number): boolean => code >= 2000 && code < 3000;

const cannotTell = (fact: string): Said => ({ says: 'cannot-tell', fact });
const notYet = (fact: string): Said => ({ says: 'cannot-tell', fact, open: true });

/**
 * Only a receiver that tried to connect since the suspicion proves anything. One that runs may not have noticed yet:
 * for as long as slave_net_timeout nothing tells a source that is silent from one that has nothing to send. And one
 * with an error may be waiting for its next try (MASTER_CONNECT_RETRY, 60 s) while the source is long back.
 */
export function replicaSays(channel: ReplicationChannel | undefined, history: ReceiverHistory): Said {
  if (!channel) return cannotTell('it does not replicate from it');
  const { receiver, receiverError } = channel;
  switch (receiver) {
    case 'running':
      return history.tried
        ? { says: 'serves', fact: 'its receiver connected anew' }
        : notYet('its receiver has not noticed anything yet');
    case 'connecting':
      return notGettingThrough(receiverError, history);
    case 'stopped':
      return receiverError && history.tried && ofTheWay(receiverError.code)
        ? errorSays(receiverError)
        : cannotTell('its replication is stopped');
    default:
      return receiver satisfies never;
  }
}

function notGettingThrough(error: ReplicationError | undefined, { tried, tryingMs }: ReceiverHistory): Said {
  if (!tried) return notYet('its receiver had lost it before, and has not tried again yet');
  if (error) return errorSays(error);
  return tryingMs >= connectMs
    ? { says: 'silent', fact: `its receiver gets no answer for ${Math.round(tryingMs)} ms` }
    : notYet('its receiver is connecting');
}

function errorSays({ code, message }: ReplicationError): Said {
  const fact = `receiver: ${code} ${message}`;
  if (answers.has(code)) return { says: 'serves', fact };
  if (!ofTheWay(code)) return cannotTell(fact);
  return { says: refused.test(message) ? 'gone' : 'silent', fact };
}

export function agentSays({ server, disk }: HostState): Said {
  switch (server) {
    case 'answers':
      return disk === 'stuck'
        ? { says: 'stuck', fact: 'the server answers there, and its disk is stuck' }
        : { says: 'serves', fact: 'the server answers there' };
    case 'gone':
      return { says: 'gone', fact: 'its process is gone' };
    case 'frozen':
      return { says: 'silent', fact: 'its process is stopped' };
    case 'silent':
      return { says: 'silent', fact: 'it does not answer there either' };
    default:
      return server satisfies never;
  }
}
