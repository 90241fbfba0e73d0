import { type ChannelOf, channelEvidence, channelsOf, failingThreads } from './channels.ts';
import type { Rule } from './rule.ts';

export const replicaBroken: Rule = {
  code: 'replica-broken',
  orchestrator: ['not_replicating'],
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'An error stops replication and does not go away by itself: the replica falls behind until the cause is mended.',
  find: (topology) =>
    channelsOf(topology).flatMap((of) =>
      failingThreads(of)
        .filter(({ thread }) => thread === 'applier' || !waitsForSilentSource(of))
        .map(({ thread, error }) => ({
          server: of.server,
          orchestrator: 'not_replicating',
          summary: `${of.server.name} does not replicate from ${of.from}: ${thread} ${of.channel[thread]} with error ${error.code}: ${error.message}`,
          evidence: { ...channelEvidence(of), thread, code: error.code, message: error.message },
        })),
    ),
};

/** A replica that keeps trying to reach a source which we cannot reach either is not what is broken. */
function waitsForSilentSource({ channel, source }: ChannelOf): boolean {
  return channel.receiver === 'connecting' && source !== undefined && !source.reachable;
}
