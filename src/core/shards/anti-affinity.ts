/**
 * How badly the nodes of shards are placed, and which exchanges of replicas make it better. As redis-cli's optimiser
 * (redis.md §4), but over hosts and zones, and without dice: the same nodes give the same answer.
 */
import type { NodeId } from './cluster-view.ts';
import { type Placements, shared } from './placement.ts';

export interface Lineup {
  readonly primary: NodeId;
  readonly replicas: readonly NodeId[];
}

/** Each is worse than any number, up to a hundred, of those after it. */
const weights = { primaryHost: 1_000_000, primaryZone: 10_000, siblingHost: 100, siblingZone: 1 };

/** 0: no two nodes of the shard have a host or a zone in common. */
export function lineupPenalty({ primary, replicas }: Lineup, placements: Placements): number {
  return replicas.reduce((sum, replica, at) => {
    const place = placements.get(replica);
    const withPrimary = shared(place, placements.get(primary));
    const own =
      withPrimary === 'host' ? weights.primaryHost : withPrimary === 'zone' ? weights.primaryZone : 0;
    const siblings = replicas.slice(0, at).map((other) => shared(place, placements.get(other)));
    const hosts = siblings.filter((level) => level === 'host').length;
    const zones = siblings.filter((level) => level === 'zone').length;
    return sum + own + hosts * weights.siblingHost + zones * weights.siblingZone;
  }, 0);
}

/** Of these replicas the one that would be placed best there; the first of equals. */
export function bestReplica(
  lineup: Lineup,
  choice: readonly NodeId[],
  placements: Placements,
): NodeId | undefined {
  const penalty = (id: NodeId): number =>
    lineupPenalty({ primary: lineup.primary, replicas: [...lineup.replicas, id] }, placements);
  return choice.reduce<NodeId | undefined>(
    (best, id) => (best === undefined || penalty(id) < penalty(best) ? id : best),
    undefined,
  );
}

export interface Exchange {
  readonly a: { readonly replica: NodeId; readonly primary: NodeId };
  readonly b: { readonly replica: NodeId; readonly primary: NodeId };
}

/** Exchanges until none makes it better, the best one first. `worth`: how much better one has to make it. */
export function exchangeReplicas(
  lineups: readonly Lineup[],
  placements: Placements,
  worth = 1,
): { readonly lineups: readonly Lineup[]; readonly exchanges: readonly Exchange[] } {
  let current = lineups;
  const exchanges: Exchange[] = [];
  for (;;) {
    const best = bestExchange(current, placements);
    if (best === undefined || best.gain < worth) return { lineups: current, exchanges };
    exchanges.push(best.exchange);
    current = exchanged(current, best.exchange);
  }
}

interface Offer {
  readonly exchange: Exchange;
  readonly gain: number;
}

function bestExchange(lineups: readonly Lineup[], placements: Placements): Offer | undefined {
  let best: Offer | undefined;
  for (const [at, one] of lineups.entries()) {
    const before = lineupPenalty(one, placements);
    for (const other of lineups.slice(at + 1)) {
      const both = before + lineupPenalty(other, placements);
      if (both === 0) continue;
      for (const offer of offers(one, other)) {
        const after = exchanged([one, other], offer).reduce(
          (sum, it) => sum + lineupPenalty(it, placements),
          0,
        );
        if (both - after > (best?.gain ?? 0)) best = { exchange: offer, gain: both - after };
      }
    }
  }
  return best;
}

function offers(one: Lineup, other: Lineup): readonly Exchange[] {
  return one.replicas.flatMap((a) =>
    other.replicas.map((b) => ({
      a: { replica: a, primary: one.primary },
      b: { replica: b, primary: other.primary },
    })),
  );
}

function exchanged(lineups: readonly Lineup[], { a, b }: Exchange): readonly Lineup[] {
  return lineups.map((lineup) => ({
    primary: lineup.primary,
    replicas: lineup.replicas.map((id) => (id === a.replica ? b.replica : id === b.replica ? a.replica : id)),
  }));
}
