/** Facts about the cluster and its primary without which nothing is handed over. One row, one fact. */
import { byAsking, possiblePrimaries, refusePossible } from '../failover/possible-primaries.ts';
import { formatAddress } from '../identity.ts';
import { mayBeAt } from '../route.ts';
import type { Refusal, RefusalCode } from '../switchover-request.ts';
import { type Node, primaries } from '../topology.ts';
import { isSeen, type Situation } from './situation.ts';

interface PrimaryRule {
  readonly code: RefusalCode;
  /** What is true of a cluster that passes, for the plan's list of facts. */
  readonly holds: string;
  readonly because: string;
  refuse(situation: Situation, primary: Node | undefined): readonly Omit<Refusal, 'code'>[];
}

const about = (node: Node, fact: string, needs: string): readonly Omit<Refusal, 'code'>[] => [
  { server: node.id, fact, needs },
];

const whole = (fact: string, needs: string): readonly Omit<Refusal, 'code'>[] => [{ fact, needs }];

const names = (nodes: readonly Node[]): string => nodes.map((node) => node.name).join(', ');

const primaryRules: readonly PrimaryRule[] = [
  {
    code: 'co-primaries',
    holds: 'no two servers replicate from each other',
    because:
      'In a ring both sides may hold writes that the other lacks; one frozen position does not cover both.',
    refuse: ({ topology }) => {
      const ring = topology.nodes.filter((node) => node.role === 'co-primary');
      return ring.length === 0
        ? []
        : whole(`${names(ring)} replicate from each other`, 'one of them replicating from nobody');
    },
  },
  {
    code: 'no-primary',
    holds: 'the cluster has a primary',
    because: 'There is nothing to hand over.',
    refuse: ({ topology }, primary) =>
      primary || topology.nodes.some((node) => node.role === 'co-primary')
        ? []
        : whole('no server of the cluster is a primary', 'a server that replicates from nobody and answers'),
  },
  {
    code: 'several-primaries',
    holds: 'exactly one primary',
    because: 'Which of them has the clients is not known; promoting a third would make it worse.',
    refuse: ({ topology }) => {
      const all = primaries(topology);
      return all.length < 2
        ? []
        : whole(`${names(all)} each replicate from nobody`, 'all but one of them following it, or forgotten');
    },
  },
  {
    code: 'possible-primary',
    holds: 'no server may have been promoted by an operation that was given up',
    because: 'Two primaries would take writes. One that answers is made read-only before anything else.',
    refuse: ({ topology, doubts }, primary) =>
      primary
        ? possiblePrimaries(topology, doubts, primary.id).flatMap(
            (each) => refusePossible(each, byAsking) ?? [],
          )
        : [],
  },
  {
    code: 'primary-unreachable',
    holds: 'the primary answers',
    because: 'A primary that cannot be frozen may go on taking writes; that is a failover, not a switchover.',
    refuse: (_situation, primary) =>
      primary && !isSeen(primary)
        ? about(
            primary,
            `${primary.name} does not answer: ${primary.failure?.message ?? 'never seen'}`,
            'a primary that answers its probe; where it is dead: dauphin failover',
          )
        : [],
  },
  {
    code: 'primary-read-only',
    holds: 'the primary is writable',
    because: 'Somebody made it read-only on purpose, or an earlier hand-over needs a look first.',
    refuse: (_situation, primary) =>
      primary && isSeen(primary) && primary.seen.writeMode !== 'writable'
        ? about(primary, `${primary.name} is ${primary.seen.writeMode}`, `${primary.name} writable`)
        : [],
  },
  {
    code: 'primary-gtid-off',
    holds: 'the primary uses GTID',
    because: 'Without GTID a frozen position does not say the same thing on two servers.',
    refuse: (_situation, primary) =>
      primary && isSeen(primary) && !primary.seen.gtidEnabled
        ? about(primary, `${primary.name} has GTID off`, 'gtid_mode=ON (MySQL) or a binary log (MariaDB)')
        : [],
  },
  {
    code: 'primary-not-logging',
    holds: 'the primary writes a binary log',
    because: 'Nothing could follow it, so nothing can have its position.',
    refuse: (_situation, primary) =>
      primary && isSeen(primary) && !primary.seen.log.enabled
        ? about(primary, `${primary.name} has no binary log`, 'log_bin on')
        : [],
  },
  {
    code: 'primary-replicates',
    holds: 'the primary replicates from nobody',
    because: 'The new primary would have to take over that source as well, which is not done yet.',
    refuse: (_situation, primary) =>
      primary?.channel
        ? about(
            primary,
            `${primary.name} itself replicates from ${formatAddress(primary.channel.source)}, outside the cluster`,
            'a primary without a source',
          )
        : [],
  },
  {
    code: 'primary-filtered',
    holds: 'the primary logs everything',
    because: 'What it leaves out of its log never came to any replica and would be gone.',
    refuse: (_situation, primary) =>
      primary?.seen && primary.seen.log.filters.length > 0
        ? about(
            primary,
            `${primary.name} logs only part: ${primary.seen.log.filters.join('; ')}`,
            'no log filters',
          )
        : [],
  },
  {
    code: 'long-transaction',
    holds: 'no long transaction that may not be ended',
    because: 'The policy is to give up rather than to end it, and it would outlive the grace period.',
    refuse: ({ policy }, primary) => {
      const long = primary?.seen?.longTransactions[0];
      if (!primary || !long || policy.switchover.afterGrace !== 'give-up') return [];
      const fact = `a transaction of ${long.user} has been open for ${long.seconds} s on ${primary.name}`;
      return about(primary, fact, 'its end, or switchover.afterGrace: end');
    },
  },
  {
    code: 'route-unreachable',
    holds: 'every route answers',
    because: 'Clients that come through it would be left on the old, read-only primary.',
    refuse: ({ routes }, primary) =>
      [...routes].flatMap(([name, state]) => {
        if (state === undefined)
          return whole(`route ${name} does not answer`, `route ${name} running and reachable`);
        if (primary === undefined || !mayBeAt(state, primary.address)) return [];
        const fact = `route ${name} may be at ${primary.name}: the agent on its host does not answer`;
        return about(primary, fact, 'an agent there that answers');
      }),
  },
];

export function primaryRefusals(situation: Situation, primary: Node | undefined): readonly Refusal[] {
  return primaryRules.flatMap((rule) =>
    rule.refuse(situation, primary).map((refusal) => ({ code: rule.code, ...refusal })),
  );
}

export const primaryFacts: readonly string[] = primaryRules.map((rule) => rule.holds);
