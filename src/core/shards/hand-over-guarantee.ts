/** What a hand-over in a Redis Cluster promises, and what speaks against it; said before it is done. */
import { type ClusterPicture, nodeOf, type Shard } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { type HandOverMode, openIn } from './hand-over-facts.ts';

export interface GuaranteeQuestion {
  readonly mode: HandOverMode;
  readonly primary: string;
  readonly candidate: string;
  /** `down`: proven dead, or fenced, so that it acknowledges nothing any more. `unsure`: nobody can tell. */
  readonly primaryIs: 'alive' | 'down' | 'unsure';
}

export interface Guarantee {
  /** Acknowledged writes may be lost. */
  readonly loses: boolean;
  readonly text: string;
}

/** Figures: redis.md §7.2. */
export function handOverGuarantee(question: GuaranteeQuestion): Guarantee {
  const { mode, primary, candidate, primaryIs } = question;
  if (mode === 'default') {
    return {
      loses: false,
      text: `no acknowledged write is lost: ${primary} holds its writes, and ${candidate} has them all before it is elected`,
    };
  }
  const vote = mode === 'takeover' ? '; no other primary is asked' : '';
  if (primaryIs !== 'alive') {
    const later =
      primaryIs === 'down'
        ? 'nothing is acknowledged any more that will be'
        : `if it still runs, so is what it takes until it hears of ${candidate}`;
    return {
      loses: true,
      text: `what ${primary} acknowledged and had not sent to ${candidate} is lost; ${later}${vote}`,
    };
  }
  const how =
    mode === 'force' ? 'some 40 ms of them, about 200 at 4,000 a second' : 'those of some milliseconds';
  return {
    loses: true,
    text: `acknowledged writes are lost: ${primary} goes on taking writes until it hears of ${candidate} (${how}, more where it is cut off)${vote}`,
  };
}

export type HandOverWarningCode = 'primary-suspected' | 'slots-open' | 'epoch-may-collide' | 'last-replica';

export interface HandOverWarning {
  readonly code: HandOverWarningCode;
  readonly text: string;
}

interface WarningQuestion {
  readonly picture: ClusterPicture;
  readonly shard: Shard;
  readonly mode: HandOverMode;
  readonly name: (id: NodeId) => string;
}

/** What does not forbid it. */
export function handOverWarnings({
  picture,
  shard,
  mode,
  name,
}: WarningQuestion): readonly HandOverWarning[] {
  const primary = name(shard.primary);
  const open = openIn(picture, shard);
  const warnings: readonly (HandOverWarning | false)[] = [
    mode === 'default' &&
      nodeOf(picture, shard.primary)?.health !== 'ok' && {
        code: 'primary-suspected',
        text: `a node suspects that ${primary} is down; if it does not answer, the hand-over ends after 5 s without a change`,
      },
    mode !== 'default' &&
      open.length > 0 && {
        code: 'slots-open',
        text: `slots of ${primary} are on their way (${open.join(', ')}) and have to be repaired afterwards`,
      },
    mode === 'takeover' && {
      code: 'epoch-may-collide',
      text: 'the new epoch is taken without a vote: done elsewhere at the same time, both may claim the same slots for a moment',
    },
    shard.replicas.length < 2 &&
      nodeOf(picture, shard.primary)?.asked !== true && {
        code: 'last-replica',
        text: `nobody replicates from the new primary until ${primary} is back or another replica is placed there`,
      },
  ];
  return warnings.filter((warning) => warning !== false);
}
