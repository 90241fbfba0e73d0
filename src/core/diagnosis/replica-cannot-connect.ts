import { channelEvidence, channelsOf, replicationName } from './channels.ts';
import { hasConnectError } from './connect-error.ts';
import type { Rule } from './rule.ts';

export const replicaCannotConnect: Rule = {
  code: 'replica-cannot-connect',
  orchestrator: ['not_replicating', 'FirstTierReplicaFailingToConnectToMaster'],
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'The replica tries again and again and does not reach its source: the network between the two, the address or the password is wrong. It falls behind until then.',
  find: (topology) =>
    channelsOf(topology)
      .filter(({ channel }) => channel.receiver === 'connecting' && hasConnectError(channel))
      .map((of) => {
        const { server, channel, from, source } = of;
        const { code, message } = channel.receiverError ?? { code: 0, message: '' };
        const isSilent = source !== undefined && !source.reachable;
        return {
          server,
          orchestrator: replicationName(of),
          summary: `${server.name} cannot connect to ${from}: error ${code}: ${message}`,
          evidence: { ...channelEvidence(of), code, message, sourceAnswers: !isSilent },
          // It bears witness against its source, and may well be the one that takes over.
          ...(isSilent ? { severity: 'notice', blocks: [] } : {}),
        };
      }),
};
