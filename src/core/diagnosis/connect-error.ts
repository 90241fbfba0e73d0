/** A receiver that tries in vain to reach its source. Told by the message: the codes are those of the client library. */
import type { ReplicationChannel } from '../observation.ts';

/** MariaDB and MySQL before 8.0.33 say `master`, later ones `source`. */
const connectError = /error (re)?connecting to (master|source)/i;

export function hasConnectError({ receiver, receiverError }: ReplicationChannel): boolean {
  return receiver !== 'running' && receiverError !== undefined && connectError.test(receiverError.message);
}

/** As Orchestrator counts it: a replica whose applier has stopped too has other troubles. */
export function failsToConnect(channel: ReplicationChannel): boolean {
  return hasConnectError(channel) && channel.applier === 'running';
}
