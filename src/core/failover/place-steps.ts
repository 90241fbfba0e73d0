/**
 * What differs in a failover of servers without GTIDs: the candidate tells where in its own log each survivor goes on,
 * before anybody writes there.
 */
import type { Action, LossLimits, PositionOf, Survivor } from '../plan.ts';
import type { SeenNode } from '../switchover/situation.ts';
import { followAsBefore, target } from '../switchover/switchover-steps.ts';
import { historyOf } from './history.ts';

export interface PlaceCasting {
  readonly candidate: SeenNode;
  readonly survivors: readonly SeenNode[];
  readonly limits: LossLimits;
}

type LastSeen = NonNullable<LossLimits['lastSeen']>;

/** The dead primary's last place, when the plan goes by places; then all else is told by places in its log. */
export function placeOfDead({ candidate, limits }: PlaceCasting): LastSeen | undefined {
  return historyOf(candidate) === 'coordinates' ? limits.lastSeen : undefined;
}

export function survivorsOf(
  { candidate, survivors }: PlaceCasting,
  gathered: (node: SeenNode) => PositionOf,
): readonly Survivor[] {
  return [candidate, ...survivors].map((node) => ({
    server: target(node),
    gathered: gathered(node),
    ...(historyOf(node) === 'coordinates' ? loggedBy(node) : {}),
  }));
}

function loggedBy({ seen: { log } }: SeenNode): Pick<Survivor, 'logged'> {
  const { file, offset } = log;
  return file === undefined || offset === undefined ? {} : { logged: { file, offset } };
}

export function followFromPlace(
  { candidate }: PlaceCasting,
  node: SeenNode,
  told: { readonly gathered: PositionOf; readonly places: PositionOf },
): Action {
  return {
    verb: 'follow-from-place',
    server: target(node),
    source: target(candidate),
    settings: followAsBefore(node),
    ...told,
  };
}
