import { channelsOf } from './channels.ts';
import type { Rule } from './rule.ts';

export const replicaLagging: Rule = {
  code: 'replica-lagging',
  orchestrator: ['replication_lag'],
  severity: 'warning',
  blocks: ['candidacy'],
  because:
    'Reads from it are old, and made primary it would first have to apply what it lacks while clients wait. A delay set on purpose does not count.',
  find: (topology, policy) =>
    channelsOf(topology).flatMap((of) => {
      const { lagSeconds, delaySeconds } = of.channel;
      if (lagSeconds === null) return [];
      const overMs = (lagSeconds - delaySeconds) * 1000;
      if (overMs <= policy.lagFindingMs) return [];
      const delayed = delaySeconds === 0 ? '' : ` beyond its delay of ${delaySeconds} s`;
      return [
        {
          server: of.server,
          orchestrator: 'replication_lag',
          summary: `${of.server.name} is ${overMs / 1000} s behind ${of.from}${delayed}; the limit is ${policy.lagFindingMs / 1000} s`,
          evidence: {
            channel: of.channel.name,
            source: of.from,
            lagSeconds,
            delaySeconds,
            limitMs: policy.lagFindingMs,
          },
        },
      ];
    }),
};
