/** Facts about a replica without which it is not promoted. One row, one fact; all that apply are reported. */

import { historyOf } from '../failover/history.ts';
import type { Version } from '../observation.ts';
import { cannotMoveTo } from '../route.ts';
import type { Refusal, RefusalCode } from '../switchover-request.ts';
import type { Node } from '../topology.ts';
import { amount } from '../wording.ts';
import { uncarriedRoute } from './carried-routes.ts';
import { isSeen, lagMs, type SeenNode, type Situation } from './situation.ts';

export interface CandidateContext {
  readonly situation: Situation;
  readonly primary: SeenNode;
  /** Named by a person; then geography is their choice. */
  readonly named: boolean;
}

type Failure = readonly [fact: string, needs: string] | undefined;

/** A receiver that connects without an error is on its way; the approach waits for it before writers are held. */
export function isReplicating({ channel }: Node): boolean {
  return channel !== undefined && channel.receiver !== 'stopped' && channel.applier === 'running';
}

/** By the operator’s word, here or in its own configuration. */
export function bannedBy({ name, settings, seen }: Node): readonly [fact: string, needs: string] | undefined {
  if (settings.promotionRule === 'must_not')
    return [`${name} has promotion rule must_not`, 'another promotion rule in the configuration'];
  return seen?.promotionPriority === 0
    ? [`${name} itself says that it must not be promoted`, 'a replica-priority other than 0']
    : undefined;
}

interface CandidateRule {
  readonly code: RefusalCode;
  readonly holds: string;
  readonly because: string;
  refuse(candidate: Node, context: CandidateContext): Failure;
}

/** Whether `a` is of an older release series than `b`; patch levels replicate both ways. */
export function olderSeries(a: Version, b: Version): boolean {
  return a.major < b.major || (a.major === b.major && a.minor < b.minor);
}

const looseness = { ROW: 0, MIXED: 1, STATEMENT: 2 } as const;

const firstError = (candidate: Node): string | undefined => {
  const error = candidate.channel?.applierError ?? candidate.channel?.receiverError;
  return error && `${error.code} ${error.message}`;
};

/** What it is at all; when one of these refuses, the rest would only repeat it in other words. */
const identityRules: readonly CandidateRule[] = [
  {
    code: 'already-primary',
    holds: 'it is not the primary already',
    because: 'There is nothing to do.',
    refuse: (candidate, { primary }) =>
      candidate.id === primary.id
        ? [`${candidate.name} is the primary already`, 'another server']
        : undefined,
  },
  {
    code: 'candidate-unreachable',
    holds: 'it answers',
    because: 'It could not be told to take over.',
    refuse: (candidate) =>
      candidate.reachable && candidate.seen
        ? undefined
        : [
            `${candidate.name} does not answer: ${candidate.failure?.message ?? 'never seen'}`,
            'a server that answers',
          ],
  },
  {
    code: 'not-a-replica',
    holds: 'it is a replica',
    because: 'Only a replica has the data.',
    refuse: (candidate) =>
      candidate.channel
        ? undefined
        : [`${candidate.name} replicates from nobody`, 'a replica of the primary'],
  },
  {
    code: 'not-direct',
    holds: 'it replicates from the primary directly',
    because: 'What lies between would be left in the middle of the tree, and adds its lag to the pause.',
    refuse: (candidate, { primary }) =>
      candidate.source === primary.id
        ? undefined
        : [
            `${candidate.name} does not replicate from ${primary.name} directly`,
            `${candidate.name} moved under ${primary.name} first`,
          ],
  },
];

const conditionRules: readonly CandidateRule[] = [
  {
    code: 'candidate-banned',
    holds: 'its promotion rule allows it',
    because: 'must_not is the operator’s word; naming the server does not override it.',
    refuse: bannedBy,
  },
  {
    code: 'candidate-downtimed',
    holds: 'it is not in downtime',
    because: 'Somebody is working on it.',
    refuse: (candidate) =>
      candidate.downtimed
        ? [
            `${candidate.name} is in downtime: ${candidate.settings.downtime?.reason ?? ''}`,
            'its downtime ended',
          ]
        : undefined,
  },
  {
    code: 'candidate-multi-source',
    holds: 'it has one source',
    because: 'Its other sources would be forgotten by the promotion.',
    refuse: (candidate) =>
      (candidate.seen?.channels.length ?? 0) > 1
        ? [
            `${candidate.name} replicates from ${candidate.seen?.channels.length} sources`,
            'one replication channel',
          ]
        : undefined,
  },
  {
    code: 'candidate-gtid-off',
    holds: 'its transactions have GTIDs',
    because: 'Without GTIDs its position cannot be compared with the primary’s.',
    refuse: (candidate) =>
      isSeen(candidate) && historyOf(candidate) !== 'gtid'
        ? [`${candidate.name} has no GTIDs`, 'gtid_mode=ON (MySQL) or a binary log (MariaDB)']
        : undefined,
  },
  {
    code: 'candidate-not-logging',
    holds: 'it logs what it applies',
    because: 'Its siblings could not follow it.',
    refuse: (candidate) =>
      candidate.seen?.log.enabled && candidate.seen.log.logsReplicated
        ? undefined
        : [
            `${candidate.name} does not log what it applies`,
            'log_bin and log_slave_updates (log_replica_updates) on',
          ],
  },
  {
    code: 'candidate-broken',
    holds: 'its replication has no error',
    because: 'It would never reach the primary’s position.',
    refuse: (candidate) => {
      const error = firstError(candidate);
      return error === undefined
        ? undefined
        : [`${candidate.name} cannot replicate: ${error}`, 'replication repaired'];
    },
  },
  {
    code: 'candidate-stopped',
    holds: 'it is replicating',
    because: 'It would never reach the primary’s position.',
    refuse: (candidate) =>
      isReplicating(candidate)
        ? undefined
        : [
            `${candidate.name} is not replicating: receiver ${candidate.channel?.receiver}, applier ${candidate.channel?.applier}`,
            'both replication threads running',
          ],
  },
  {
    code: 'candidate-delayed',
    holds: 'it is not delayed on purpose',
    because: 'It applies nothing before its delay is over.',
    refuse: (candidate) =>
      (candidate.channel?.delaySeconds ?? 0) > 0
        ? [`${candidate.name} is delayed by ${candidate.channel?.delaySeconds} s`, 'no replication delay']
        : undefined,
  },
  {
    code: 'candidate-lagging',
    holds: 'its lag is within the limit',
    because: 'Writers would wait for it to catch up.',
    refuse: (candidate, { situation }) => {
      const limit = situation.policy.switchover.maxLagMs;
      const lag = lagMs(candidate);
      if (lag === undefined || lag <= limit) return undefined;
      return [
        `${candidate.name} is ${lag / 1000} s behind`,
        `a lag of at most ${limit / 1000} s (switchover.maxLag)`,
      ];
    },
  },
  {
    code: 'candidate-errant',
    holds: 'it has no errant transactions',
    because: 'They would become part of the cluster’s history without ever having been on the primary.',
    refuse: (candidate) =>
      candidate.errant
        ? [
            `${candidate.name} has ${amount(candidate.errant)} that the primary never had: ${candidate.errant.text}`,
            'them repaired',
          ]
        : undefined,
  },
  {
    code: 'candidate-writable',
    holds: 'it is read-only',
    because: 'Somebody may be writing to it now; what they wrote would have to be looked at first.',
    refuse: (candidate) =>
      candidate.seen?.writeMode === 'writable'
        ? [`${candidate.name} is writable`, 'read_only on']
        : undefined,
  },
  {
    code: 'candidate-older',
    holds: 'it is not of an older release than the primary',
    because:
      'Replication from newer to older is not supported by the engines, and data may use what it lacks.',
    refuse: (candidate, { primary }) =>
      candidate.seen && olderSeries(candidate.seen.version, primary.seen.version)
        ? [
            `${candidate.name} runs ${candidate.seen.version.text}, ${primary.name} ${primary.seen.version.text}`,
            'the same release or a newer one',
          ]
        : undefined,
  },
  {
    code: 'candidate-filtered',
    holds: 'it replicates everything',
    because: 'What its filters left out is missing on it.',
    refuse: (candidate) => {
      const filters = [...(candidate.channel?.filters ?? []), ...(candidate.seen?.log.filters ?? [])];
      return filters.length === 0
        ? undefined
        : [`${candidate.name} filters: ${filters.join('; ')}`, 'no filters'];
    },
  },
  {
    code: 'candidate-log-format',
    holds: 'its log format suits its siblings',
    because:
      'A looser format than the primary’s gives its replicas what they may not be able to repeat exactly.',
    refuse: (candidate, { primary }) => {
      const mine = candidate.seen?.log.format;
      const theirs = primary.seen.log.format;
      if (!mine || !theirs || looseness[mine] <= looseness[theirs]) return undefined;
      return [
        `${candidate.name} logs ${mine}, ${primary.name} ${theirs}`,
        `binlog_format ${theirs} or stricter`,
      ];
    },
  },
  {
    code: 'candidate-duplicate-id',
    holds: 'its server_id is its own',
    because: 'Two replicas of one server_id throw each other out.',
    refuse: (candidate, { situation }) => {
      const twin = situation.topology.nodes.find(
        (node) =>
          node.id !== candidate.id &&
          node.seen?.number !== undefined &&
          node.seen.number === candidate.seen?.number,
      );
      return twin && candidate.seen
        ? [
            `${candidate.name} and ${twin.name} both have server_id ${candidate.seen.number}`,
            'different server_ids',
          ]
        : undefined;
    },
  },
  {
    code: 'no-agent',
    holds: 'every route that agents carry can come to it',
    because:
      'Its clients would be left without a primary that they reach; also a server that was only discovered.',
    refuse: (candidate, { situation }) => uncarriedRoute(candidate, situation),
  },
  {
    code: 'route-unreachable',
    holds: 'every route can be moved to it',
    because: 'Its clients would be left without a primary that they reach.',
    refuse: (candidate, { situation }) => {
      const [route] = [...situation.routes].flatMap(([name, state]) =>
        state && cannotMoveTo(state, candidate.address) ? [name] : [],
      );
      return route === undefined
        ? undefined
        : [
            `route ${route} cannot be moved to ${candidate.name}: the agent on its host does not answer`,
            'an agent there that answers',
          ];
    },
  },
  {
    code: 'candidate-other-data-center',
    holds: 'it is in the primary’s data centre',
    because: 'The policy keeps the primary in its data centre unless a person names another server.',
    refuse: (candidate, { situation, primary, named }) => {
      const here = primary.settings.dataCenter;
      const there = candidate.settings.dataCenter;
      if (named || situation.policy.switchover.crossDataCenter || here === there) return undefined;
      return [
        `${candidate.name} is in ${there ?? 'no data centre'}, the primary in ${here ?? 'none'}`,
        'a candidate there, or the server named with --to',
      ];
    },
  },
];

export function candidateRefusals(candidate: Node, context: CandidateContext): readonly Refusal[] {
  const check = (rules: readonly CandidateRule[]): readonly Refusal[] =>
    rules.flatMap((rule) => {
      const failure = rule.refuse(candidate, context);
      return failure ? [{ code: rule.code, server: candidate.id, fact: failure[0], needs: failure[1] }] : [];
    });
  const identity = check(identityRules).slice(0, 1);
  return identity.length > 0 ? identity : check(conditionRules);
}

export const candidateFacts: readonly string[] = [...identityRules, ...conditionRules].map(
  (rule) => rule.holds,
);
