/**
 * What must be true before a replica of a Redis Cluster is told to take over (`CLUSTER FAILOVER`), in its three modes:
 * redis.md §1.2 to §1.6. The server checks less: it says OK to much of what then fails silently.
 */
import { listing } from '../wording.ts';
import { type ClusterPicture, nodeOf, type PicturedNode, type Shard, shardOf } from './cluster-picture.ts';
import {
  type ClusterNode,
  type ClusterView,
  hasFlag,
  lastWords,
  type NodeId,
  nodeIn,
} from './cluster-view.ts';
import { type Election, electionWaitMs, type ServerKind } from './election-cooldown.ts';
import { opinionsText } from './opinions.ts';

/**
 * `default`: with the primary's help, without loss. `force`: without its help, by a vote of the other primaries.
 * `takeover`: by the candidate's own word.
 */
export type HandOverMode = 'default' | 'force' | 'takeover';

export interface HandOverSituation {
  readonly picture: ClusterPicture;
  /** Those of which the picture was made. */
  readonly views: readonly ClusterView[];
  readonly candidate: NodeId;
  readonly mode: HandOverMode;
  /** Those of the last 4 × node timeout. */
  readonly elections: readonly Election[];
  readonly nodeTimeoutMs: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly server: ServerKind;
  /** The candidate's `master_link_status`; absent when it was not read. */
  readonly replication?: 'up' | 'down';
  readonly name: (id: NodeId) => string;
}

export type HandOverRefusalCode =
  | 'candidate-unreachable'
  | 'already-primary'
  | 'source-unknown'
  | 'primary-without-slots'
  | 'primary-failed'
  | 'candidate-stopped'
  | 'no-majority'
  | 'views-disagree'
  | 'slots-open'
  | 'election-too-soon';

export interface HandOverRefusal {
  readonly code: HandOverRefusalCode;
  readonly node: NodeId;
  readonly fact: string;
  readonly needs: string;
  /** Time mends it: milliseconds until then. */
  readonly waitMs?: number;
  /** Replicas of the same shard that may be taken at once. */
  readonly instead?: readonly NodeId[];
}

/** The situation, once it is known who the candidate and its primary are. */
interface Casting extends HandOverSituation {
  readonly shard: Shard;
  readonly primary: PicturedNode;
  /** What the candidate says of its primary. */
  readonly link: ClusterNode | undefined;
}

type Failure = Pick<HandOverRefusal, 'fact' | 'needs' | 'waitMs' | 'instead'>;

interface HandOverRule {
  readonly code: HandOverRefusalCode;
  readonly modes: readonly HandOverMode[];
  readonly holds: string;
  readonly because: string;
  readonly refuse: (casting: Casting) => Failure | undefined;
}

const all: readonly HandOverMode[] = ['default', 'force', 'takeover'];

export const handOverRules: readonly HandOverRule[] = [
  {
    code: 'primary-without-slots',
    modes: all,
    holds: 'its primary has slots',
    because: 'The server says OK and does nothing: an election is about slots.',
    refuse: ({ shard, name }) =>
      shard.slots.length > 0
        ? undefined
        : { fact: `${name(shard.primary)} owns no slots`, needs: 'a shard that has slots' },
  },
  {
    code: 'primary-failed',
    modes: ['default'],
    holds: 'the primary takes part',
    because: 'It has to hold its writes and to say how far it is.',
    refuse: ({ candidate, primary, link, name }) => {
      const needs = 'a primary that answers the candidate, or mode force';
      if (link === undefined || !(hasFlag(link, 'fail') || link.link === 'disconnected')) return undefined;
      const fact = hasFlag(link, 'fail')
        ? `${name(candidate)} counts ${name(primary.id)} as failed`
        : `${name(candidate)} has no link to ${name(primary.id)} on the cluster bus`;
      return { fact, needs };
    },
  },
  {
    code: 'candidate-stopped',
    modes: ['default'],
    holds: 'it replicates',
    because:
      'It cannot reach the primary’s last write, and the primary’s writes would be blocked for 5 s in vain.',
    refuse: ({ candidate, replication, name }) =>
      replication === 'down'
        ? { fact: `${name(candidate)} does not receive from its primary`, needs: 'replication that runs' }
        : undefined,
  },
  {
    code: 'no-majority',
    modes: ['default', 'force'],
    holds: 'a majority of the primaries can vote',
    because: 'The election would come to nothing; in mode default after 5 s of blocked writes.',
    refuse: ({ picture: { quorum }, mode, name }) => {
      if (quorum.answering.length >= quorum.needed) return undefined;
      const silent = quorum.voters.filter((id) => !quorum.answering.includes(id)).map(name);
      return {
        fact: `${quorum.answering.length} of ${quorum.voters.length} primaries answer, ${quorum.needed} are needed; ${listing(silent)} ${silent.length === 1 ? 'does' : 'do'} not`,
        needs:
          mode === 'force' ? 'more primaries that answer, or mode takeover' : 'more primaries that answer',
      };
    },
  },
  {
    code: 'views-disagree',
    modes: ['default', 'force'],
    holds: 'all nodes say the same of the shard',
    because: 'Those who do not know how things stand vote against it, or for somebody else.',
    refuse: ({ picture, shard, candidate, name }) => {
      const about = new Set([shard.primary, candidate]);
      const found = picture.disagreements.find((it) =>
        it.fact === 'owner'
          ? it.opinions.some(({ says }) => says === shard.primary || says === candidate)
          : it.fact !== 'failed' && about.has(it.node),
      );
      if (found === undefined) return undefined;
      const subject = found.fact === 'owner' ? 'slots' : name(found.node);
      const opinions = opinionsText(found.opinions, name);
      return {
        fact: `the nodes do not agree on the ${found.fact} of ${subject}: ${opinions}`,
        needs: 'nodes that agree, which takes milliseconds unless one of them is cut off',
      };
    },
  },
  {
    code: 'slots-open',
    // In an emergency a slot that must be repaired afterwards is the smaller evil.
    modes: ['default'],
    holds: 'none of the shard’s slots is on its way',
    because:
      'A replica knows nothing of slots on their way before Valkey 8: the slot would be left half moved.',
    refuse: ({ shard, picture, server, name }) => {
      if (server.flavour === 'valkey' && server.version.major >= 8) return undefined;
      const open = openIn(picture, shard);
      return open.length === 0
        ? undefined
        : {
            fact: `${open.length === 1 ? 'slot' : 'slots'} ${listing(open.map(String))} of ${name(shard.primary)} ${open.length === 1 ? 'is' : 'are'} on the way`,
            needs: 'the move finished or taken back',
          };
    },
  },
  {
    code: 'election-too-soon',
    modes: ['default', 'force'],
    holds: 'earlier elections are forgotten',
    because:
      'Within 4 times the node timeout a node counts the votes of its last election again, and within 2 times nobody votes twice about the same primary.',
    refuse: (casting) => {
      const waitMs = waitOf(casting.candidate, casting);
      if (waitMs === 0) return undefined;
      const instead = casting.shard.replicas.filter(
        (id) =>
          id !== casting.candidate &&
          nodeOf(casting.picture, id)?.asked === true &&
          waitOf(id, casting) === 0,
      );
      const others = instead.length === 0 ? '' : `, or ${listing(instead.map(casting.name))} at once`;
      return {
        fact: `the last election of ${casting.name(casting.candidate)} or against ${casting.name(casting.shard.primary)} is too short a time ago`,
        needs: `${Math.ceil(waitMs / 100) / 10} s more${others}`,
        waitMs,
        instead,
      };
    },
  },
];

export function openIn(picture: ClusterPicture, shard: Shard): readonly number[] {
  const ours = (id: NodeId): boolean => id === shard.primary || shard.replicas.includes(id);
  return picture.open
    .filter(({ migrating, importing }) => [...migrating, ...importing].some(({ at }) => ours(at)))
    .map(({ slot }) => slot);
}

function waitOf(node: NodeId, { elections, shard, nodeTimeoutMs, now, server }: Casting): number {
  return electionWaitMs(elections, { node, against: shard.primary, nodeTimeoutMs, now, server });
}

/** All that apply; when it is not even clear who would take over from whom, that alone. Empty: it may go ahead. */
export function handOverRefusals(situation: HandOverSituation): readonly HandOverRefusal[] {
  const cast = casting(situation);
  if (!cast.ok) return [cast.refusal];
  return handOverRules
    .filter((rule) => rule.modes.includes(situation.mode))
    .flatMap((rule) => {
      const failure = rule.refuse(cast.casting);
      return failure === undefined ? [] : [{ code: rule.code, node: situation.candidate, ...failure }];
    });
}

type Cast =
  | { readonly ok: true; readonly casting: Casting }
  | { readonly ok: false; readonly refusal: HandOverRefusal };

function casting(situation: HandOverSituation): Cast {
  const { picture, views, candidate, name } = situation;
  const node = nodeOf(picture, candidate);
  const refuse = (code: HandOverRefusalCode, fact: string, needs: string): Cast => ({
    ok: false,
    refusal: { code, node: candidate, fact, needs },
  });
  if (node?.asked !== true) {
    return refuse('candidate-unreachable', `${name(candidate)} does not answer`, 'a replica that answers');
  }
  if (node.role === 'primary') {
    return refuse('already-primary', `${name(candidate)} is a primary already`, 'a replica');
  }
  const shard = shardOf(picture, candidate);
  const primary = shard && nodeOf(picture, shard.primary);
  if (shard === undefined || primary === undefined || node.sourceId !== shard.primary) {
    const fact = `nobody knows the primary of ${name(candidate)}`;
    return refuse('source-unknown', fact, 'a replica of a primary that the cluster knows');
  }
  const own = lastWords(views).find((view) => view.by === candidate);
  return { ok: true, casting: { ...situation, shard, primary, link: own && nodeIn(own, primary.id) } };
}

/** What is checked, for the plan. */
export function handOverFacts(mode: HandOverMode): readonly string[] {
  const identity = ['the candidate answers', 'it is a replica', 'its primary is known'];
  return [
    ...identity,
    ...handOverRules.filter((rule) => rule.modes.includes(mode)).map((rule) => rule.holds),
  ];
}
