import { counted } from '../wording.ts';
import type { Rule } from './rule.ts';
import { answering, isTop, takesWrites } from './seen.ts';

export const longTransaction: Rule = {
  code: 'long-transaction',
  severity: 'notice',
  blocks: ['switchover'],
  because:
    'A freeze waits for open transactions: those still running after the grace period are ended, or, where the policy forbids that, the switchover is given up. Long ones on replicas hold nothing.',
  find: (topology, policy) =>
    answering(topology)
      .filter((node) => isTop(node) && takesWrites(node))
      .flatMap((node) => {
        const open = node.seen.longTransactions
          .filter(({ seconds }) => seconds >= policy.longTransactionSeconds)
          .toSorted((a, b) => b.seconds - a.seconds);
        const [longest] = open;
        if (longest === undefined) return [];
        const { seconds, user, sessionId } = longest;
        return [
          {
            server: node,
            summary: `${node.name} has ${counted(open.length, 'long transaction')}; the longest is of ${user}, session ${sessionId}, open for ${seconds} s`,
            evidence: { count: open.length, seconds, user, sessionId },
            blocks: policy.switchover.afterGrace === 'end' ? [] : ['switchover'],
          },
        ];
      }),
};
