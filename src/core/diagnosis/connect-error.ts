/** A receiver that tries in vain to reach its source. */
import type { ReplicationChannel } from '../observation.ts';

export function hasConnectError({ receiver, receiverError }: ReplicationChannel): boolean {
  return receiver !== 'running' && receiverError?.connecting === true;
}

/** As Orchestrator counts it: a replica whose applier has stopped too has other troubles. */
export function failsToConnect(channel: ReplicationChannel): boolean {
  return hasConnectError(channel) && channel.applier === 'running';
}
