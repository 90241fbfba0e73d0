/** Which survivors of a dead primary may take over. One row, one fact; unlike for a switchover, lag is no bar. */
import type { FindErrant } from '../distance.ts';
import type { PositionAlgebra, PositionGap } from '../positions.ts';
import { bannedBy, olderSeries } from '../switchover/candidate-rules.ts';
import { uncarriedRoute } from '../switchover/carried-routes.ts';
import { isSeen, type SeenNode, type Situation } from '../switchover/situation.ts';
import type { Refusal, RefusalCode } from '../switchover-request.ts';
import type { Node } from '../topology.ts';
import { amount } from '../wording.ts';
import { historyOf, sameLog } from './history.ts';
import { isPossible } from './possible-primaries.ts';

export interface SurvivorContext {
  readonly situation: Situation;
  readonly dead: Node;
  /** Named by a person; then geography and downtime are their choice. */
  readonly named: boolean;
  readonly errant: FindErrant;
  readonly positions: PositionAlgebra;
}

interface SurvivorRule {
  readonly code: RefusalCode;
  readonly holds: string;
  readonly because: string;
  refuse(node: SeenNode, context: SurvivorContext): readonly [fact: string, needs: string] | undefined;
}

/** A dead primary passes nothing on any more: what came from elsewhere after it was last seen is a surplus, too. */
export function surplusAgainst(node: SeenNode, dead: Node, find: FindErrant): PositionGap | undefined {
  const surplus = dead.seen ? find(node.seen, dead.seen) : node.errant;
  return surplus && surplus.count > 0 ? surplus : undefined;
}

/** What it has can be told in the same words as what the dead primary had. */
export function isComparable(node: SeenNode, dead: Node, positions: PositionAlgebra): boolean {
  const history = historyOf(node);
  return history === 'gtid' || (history === 'coordinates' && sameLog(node.seen, dead.seen, positions));
}

export const survivorRules: readonly SurvivorRule[] = [
  {
    code: 'not-direct',
    holds: 'it replicated from the dead primary directly',
    because: 'What lies between has received at least as much, and would be left above the new primary.',
    refuse: (node, { dead }) =>
      node.source === dead.id
        ? undefined
        : [`${node.name} does not replicate from ${dead.name} directly`, 'a direct replica'],
  },
  {
    code: 'candidate-banned',
    holds: 'its promotion rule allows it',
    because: 'must_not is the operator’s word; naming the server does not override it.',
    refuse: bannedBy,
  },
  {
    code: 'no-agent',
    holds: 'every route that agents carry can come to it',
    because:
      'Its clients would be left without a primary that they reach; also a server that was only discovered.',
    refuse: (node, { situation }) => uncarriedRoute(node, situation),
  },
  {
    code: 'candidate-downtimed',
    holds: 'it is not in downtime',
    because: 'Somebody is working on it.',
    refuse: (node, { named }) =>
      node.downtimed && !named
        ? [
            `${node.name} is in downtime: ${node.settings.downtime?.reason ?? ''}`,
            'its downtime ended, or it named with --to',
          ]
        : undefined,
  },
  {
    code: 'candidate-multi-source',
    holds: 'it has one source',
    because: 'Its other sources would be forgotten by the promotion.',
    refuse: (node) =>
      node.seen.channels.length > 1
        ? [`${node.name} replicates from ${node.seen.channels.length} sources`, 'one replication channel']
        : undefined,
  },
  {
    code: 'candidate-gtid-off',
    holds: 'what it has can be compared with what the dead primary had',
    because: 'By GTID, or without GTIDs by places in the dead primary’s own log; in no other way.',
    refuse: (node, { dead, positions }) => {
      if (isComparable(node, dead, positions)) return undefined;
      return historyOf(node) === 'none'
        ? [`${node.name} has no GTIDs`, 'gtid_mode=ON (MySQL) or a binary log (MariaDB)']
        : [
            `${node.name} has no GTIDs, and its place is not one in a log of ${dead.name} that was seen`,
            'a replica of it that goes by places in its log, or gtid_mode=ON',
          ];
    },
  },
  {
    code: 'candidate-not-logging',
    holds: 'it logs what it applies',
    because: 'The other survivors could not follow it.',
    refuse: (node) =>
      node.seen.log.enabled && node.seen.log.logsReplicated
        ? undefined
        : [
            `${node.name} does not log what it applies`,
            'log_bin and log_slave_updates (log_replica_updates) on',
          ],
  },
  {
    code: 'candidate-broken',
    holds: 'its applier has no error',
    because: 'It could not apply what it has received.',
    refuse: (node) => {
      const error = node.channel?.applierError;
      return error && [`${node.name} cannot apply: ${error.code} ${error.message}`, 'its applier repaired'];
    },
  },
  {
    code: 'candidate-errant',
    holds: 'it has no errant transactions',
    because: 'They would become part of the cluster’s history without ever having been on the primary.',
    refuse: (node, { situation, dead, errant: find }) => {
      // It had none when it was to be promoted: what it has since then it took, and acknowledged, as the primary.
      if (isPossible(node, situation, dead.id)) return undefined;
      const errant = surplusAgainst(node, dead, find);
      return errant
        ? [`${node.name} has ${amount(errant)} that the primary never had: ${errant.text}`, 'them repaired']
        : undefined;
    },
  },
  {
    code: 'candidate-filtered',
    holds: 'it replicates everything',
    because: 'What its filters left out is missing on it.',
    refuse: (node) => {
      const filters = [...(node.channel?.filters ?? []), ...node.seen.log.filters];
      return filters.length === 0 ? undefined : [`${node.name} filters: ${filters.join('; ')}`, 'no filters'];
    },
  },
  {
    code: 'candidate-older',
    holds: 'it is not of an older release than the dead primary',
    because: 'Its data may use what the older release lacks.',
    refuse: (node, { dead }) =>
      dead.seen && olderSeries(node.seen.version, dead.seen.version)
        ? [
            `${node.name} runs ${node.seen.version.text}, ${dead.name} ran ${dead.seen.version.text}`,
            'the same release or a newer one',
          ]
        : undefined,
  },
  {
    code: 'candidate-other-data-center',
    holds: 'it is where the policy allows a primary',
    because:
      'The policy keeps the primary in its data centre or region unless a person names another server.',
    refuse: (node, { situation, dead, named }) => {
      const { crossDataCenter, crossRegion } = situation.policy.failover;
      const place = (of: Node): string =>
        [of.settings.region, of.settings.dataCenter].filter((part) => part !== undefined).join('/') || 'none';
      const elsewhere =
        (!crossDataCenter && node.settings.dataCenter !== dead.settings.dataCenter) ||
        (!crossRegion && node.settings.region !== dead.settings.region);
      return elsewhere && !named
        ? [
            `${node.name} is in ${place(node)}, the dead primary in ${place(dead)}`,
            'a survivor there, failover.crossDataCenter or crossRegion, or the server named with --to',
          ]
        : undefined;
    },
  },
];

/** Everything that bars a server from taking over; empty when nothing does. */
export function survivorRefusals(node: Node, context: SurvivorContext): readonly Refusal[] {
  if (!isSeen(node)) {
    const fact = `${node.name} does not answer: ${node.failure?.message ?? 'never seen'}`;
    return [{ code: 'candidate-unreachable', server: node.id, fact, needs: 'a server that answers' }];
  }
  return survivorRules.flatMap((rule) => {
    const failure = rule.refuse(node, context);
    return failure ? [{ code: rule.code, server: node.id, fact: failure[0], needs: failure[1] }] : [];
  });
}
