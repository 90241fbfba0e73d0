/** Errant transactions by MariaDB's binlog state: entries that originate neither on the primary nor came to it. */
import type { Observation } from '../../core/observation.ts';
import { type Position, type PositionGap, position } from '../../core/positions.ts';
import {
  formatBinlogState,
  mariadbPositions,
  mergeBinlogStates,
  originsBeyond,
  parseBinlogState,
} from './gtid-position.ts';

export function mariadbErrant(replica: Observation, primary: Observation): PositionGap | undefined {
  const state = parseBinlogState(replica.origins);
  const log = parseBinlogState(primary.origins);
  const applied = parseBinlogState(primary.executed);
  if (!state || !log || !applied) return undefined;
  const { errant: surely, uncertain } = originsBeyond(state, mergeBinlogStates(log, applied), [
    primary.number ?? 0,
  ]);
  const inTheWay = gtidsInTheWay(replica);
  const errant = [...surely, ...uncertain.filter((gtid) => inTheWay.has(formatBinlogState([gtid])))];
  // The state names the newest of each origin only: how many led up to it is not told.
  return errant.length === 0 ? undefined : { count: errant.length, text: formatBinlogState(errant) };
}

/** ER_GTID_STRICT_OUT_OF_ORDER: what comes from the source has no place after what the log ends with. */
const outOfOrder = 1950;
const existing = /existing GTID (\d+-\d+-\d+)/;

/** The applier itself says that these never were on its source, however far the source has come since. */
function gtidsInTheWay({ channels }: Observation): ReadonlySet<string> {
  const named = channels.flatMap(({ applierError }) => {
    const [, gtid] = (applierError?.code === outOfOrder && existing.exec(applierError.message)) || [];
    return gtid === undefined ? [] : [gtid];
  });
  return new Set(named);
}

/**
 * Where the two part, domain by domain: the newest that both logs hold of one origin. In strict mode the sequence only
 * grows, so all before it is common as well, and nothing after it is.
 */
export function mariadbCommon(own: Observation, other: Observation): Position | undefined {
  const mine = parseBinlogState(own.origins);
  const log = parseBinlogState(other.origins);
  const applied = parseBinlogState(other.executed);
  if (!mine || !log || !applied) return undefined;
  const theirs = mergeBinlogStates(log, applied);
  const both = mine.flatMap((gtid) => {
    const held = theirs.find(({ domain, server }) => domain === gtid.domain && server === gtid.server);
    return held === undefined ? [] : [held.sequence < gtid.sequence ? held : gtid];
  });
  return mariadbPositions.union(position(formatBinlogState(both)), position(''));
}
