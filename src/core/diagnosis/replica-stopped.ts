import { type ChannelOf, channelEvidence, channelsOf, failingThreads } from './channels.ts';
import type { Rule } from './rule.ts';

export const replicaStopped: Rule = {
  code: 'replica-stopped',
  orchestrator: ['not_replicating'],
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'Somebody stopped replication, or it did not start again: the replica falls behind from that moment on, and no error will tell.',
  find: (topology) =>
    channelsOf(topology)
      .filter((of) => stoppedThreads(of).length > 0 && failingThreads(of).length === 0)
      .map((of) => ({
        server: of.server,
        orchestrator: 'not_replicating',
        summary: `${of.server.name} does not replicate from ${of.from}: ${stoppedThreads(of).join(' and ')} stopped`,
        evidence: channelEvidence(of),
      })),
};

function stoppedThreads({ channel }: ChannelOf): readonly string[] {
  return (['receiver', 'applier'] as const).filter((thread) => channel[thread] === 'stopped');
}
