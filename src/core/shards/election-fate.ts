/** What became of a hand-over in a cluster that nobody followed to its end: as the nodes say now. */
import type { ServerId } from '../identity.ts';
import { hasFlag, selfIn } from './cluster-view.ts';
import type { HandOverMode } from './hand-over-facts.ts';
import type { ShardSituation } from './shard-situation.ts';

/** `unknown`: it may still come about, or the candidate does not answer and nobody else leads the shard. */
export type ElectionFate = 'elected' | 'not-elected' | 'unknown';

export interface FateQuestion {
  /** The candidate. */
  readonly server: { readonly id: ServerId };
  readonly from: { readonly id: ServerId };
  readonly mode: HandOverMode;
  /** It was told to stand, or was to be told, and its time is not over. */
  readonly announced: boolean;
}

export function fateOfElection(
  { picture, sights }: ShardSituation,
  { server, from, mode, announced }: FateQuestion,
): ElectionFate {
  const owning = picture.shards.filter(({ slots }) => slots.length > 0);
  const own = sights.get(server.id);
  const self = own && selfIn(own.view);
  const led = owning.find(({ primary }) => primary === server.id);
  // A takeover is for when there is no majority: its own word, and that of those who answer.
  if (led && (led.settled || (mode === 'takeover' && self && hasFlag(self, 'primary')))) return 'elected';
  if (announced) return 'unknown';
  if (self) return hasFlag(self, 'replica') ? 'not-elected' : 'unknown';
  // A later election than its own has taken place.
  const left = owning.some(({ primary }) => primary === from.id);
  return left || picture.shards.length === 0 ? 'unknown' : 'not-elected';
}
