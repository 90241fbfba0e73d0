/** Errant transactions by MariaDB's binlog state: entries that originate neither on the primary nor came to it. */
import type { Observation } from '../../core/observation.ts';
import type { PositionGap } from '../../core/positions.ts';
import { formatBinlogState, mergeBinlogStates, originsBeyond, parseBinlogState } from './gtid-position.ts';

export function mariadbErrant(replica: Observation, primary: Observation): PositionGap | undefined {
  const state = parseBinlogState(replica.origins);
  const log = parseBinlogState(primary.origins);
  const applied = parseBinlogState(primary.executed);
  if (!state || !log || !applied) return undefined;
  const { errant } = originsBeyond(state, mergeBinlogStates(log, applied), [primary.number]);
  // The state names the newest of each origin only: how many led up to it is not told.
  return errant.length === 0 ? undefined : { count: errant.length, text: formatBinlogState(errant) };
}
