/** What a look at a replica, or an agent's answer, says of the primary. Pure. */
import type { HostState } from '../host.ts';
import type { ReceiverError, ReplicationChannel } from '../observation.ts';
import { stalledFact } from './stalled-log.ts';
import type { Statement } from './testimony.ts';

export interface Said {
  readonly says: Statement;
  readonly fact: string;
  /** It may yet see the primary serve: its receiver has still to be put to the test, or is at it. */
  readonly open?: true;
  /** It may be fed as far as it knows, and must not be put to the test. */
  readonly untestable?: true;
  /** Of a receiver that is open: it has to be made to try. */
  readonly untried?: true;
}

/** What is known of a receiver besides its last look. */
export interface ReceiverHistory {
  /** It connected, or tried to, since the primary was suspected. */
  readonly tried: boolean;
  /** It was made to connect since then: what it says now is what came of it. */
  readonly renewed: boolean;
  /** For how long it has been trying, ms; 0 when it is not known to. */
  readonly tryingMs: number;
}

/**
 * A source that serves has let a receiver in by then, also where it is busy. It costs nothing: receivers are asked beside
 * this controller's own new question, which may take longer (`detection.answer`, 750 ms).
 */
export const connectMs = 450;

const cannotTell = (fact: string): Said => ({ says: 'cannot-tell', fact });
const notYet = (fact: string): Said => ({ says: 'cannot-tell', fact, open: true });

/** One that has lost it and must not be put to the test holds nobody up, as one that is stopped does not. */
function untried(fact: string, { receiver, startsAfresh }: ReplicationChannel): Said {
  if (!startsAfresh) return { ...notYet(fact), untried: true };
  const said = cannotTell(`${fact}; to connect anew would cost what it has received`);
  return receiver === 'running' ? { ...said, untestable: true } : said;
}

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
        : untried('its receiver has not noticed anything yet', channel);
    case 'connecting':
      return notGettingThrough(channel, history);
    case 'stopped':
      return receiverError && history.tried && hasLost(receiverError)
        ? errorSays(receiverError)
        : cannotTell('its replication is stopped');
    default:
      return receiver satisfies never;
  }
}

function notGettingThrough(channel: ReplicationChannel, history: ReceiverHistory): Said {
  const { receiverError: error } = channel;
  const { tried, renewed, tryingMs } = history;
  if (!tried) return untried('its receiver had lost it before, and has not tried again yet', channel);
  // It was alive then; that its receiver was turned away says nothing of now.
  if (error?.meaning === 'source-answers' && !renewed)
    return untried('its receiver was turned away before, and has not tried again yet', channel);
  if (error) return errorSays(error);
  return tryingMs >= connectMs
    ? { says: 'silent', fact: `its receiver gets no answer for ${Math.round(tryingMs)} ms` }
    : notYet('its receiver is connecting');
}

const hasLost = ({ meaning }: ReceiverError): boolean => meaning === 'refused' || meaning === 'of-the-way';

function errorSays({ code, message, meaning }: ReceiverError): Said {
  const fact = `receiver: ${code} ${message}`;
  switch (meaning) {
    case 'source-answers':
      return { says: 'serves', fact };
    case 'refused':
      return { says: 'gone', fact };
    case 'of-the-way':
      return { says: 'silent', fact };
    case 'other':
      return cannotTell(fact);
    default:
      return meaning satisfies never;
  }
}

/**
 * `ms`: for how long its log has not reached its disk while it answered its pulse, if that is too long. A look asks for
 * more than a pulse does, and may hang with the disk (MySQL's does, seen on 9.7).
 */
export function stalled(said: Said, ms: number | undefined): Said {
  const held = said.says === 'serves' || said.says === 'silent';
  return held && ms !== undefined ? { says: 'stuck', fact: stalledFact(ms) } : said;
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
