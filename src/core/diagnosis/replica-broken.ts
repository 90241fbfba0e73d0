import { type ChannelOf, channelEvidence, channelsOf, failingThreads, replicationName } from './channels.ts';
import { hasConnectError } from './connect-error.ts';
import type { Rule } from './rule.ts';

export const replicaBroken: Rule = {
  code: 'replica-broken',
  orchestrator: ['not_replicating', 'FirstTierReplicaFailingToConnectToMaster'],
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'An error stops replication and does not go away by itself: the replica falls behind until the cause is mended.',
  find: (topology) =>
    channelsOf(topology).flatMap((of) =>
      failingThreads(of)
        .filter(({ thread }) => thread === 'applier' || !stillTries(of))
        .map(({ thread, error }) => ({
          server: of.server,
          orchestrator: thread === 'receiver' ? replicationName(of) : 'not_replicating',
          summary: `${of.server.name} does not replicate from ${of.from}: ${thread} ${of.channel[thread]} with error ${error.code}: ${error.message}`,
          evidence: { ...channelEvidence(of), thread, code: error.code, message: error.message },
        })),
    ),
};

/** That is told as `replica-cannot-connect`, or it is the source that is silent: nothing is broken here. */
function stillTries({ channel, source }: ChannelOf): boolean {
  const isSilent = source !== undefined && !source.reachable;
  return channel.receiver === 'connecting' && (isSilent || hasConnectError(channel));
}
