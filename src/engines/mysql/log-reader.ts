/** MySQL's log, read with its own mysqlbinlog, and what else the agent must know of its server. */
import type { EngineHost } from '../../core/host.ts';
import { readSurplus } from '../sql/read-surplus.ts';
import { readTail } from '../sql/read-tail.ts';
import { readTailFromPlace } from './anonymous-tail.ts';
import { mysqlLog } from './log-words.ts';
import { namesPlaces } from './positions.ts';

export const mysqlHost: EngineHost = {
  kind: 'mysql',
  programs: ['mysqld'],
  logTool: 'mysqlbinlog',
  readOnly: {
    lines: ['[mysqld]', 'read_only=1', 'super_read_only=1'],
    args: ['--read-only=1', '--super-read-only=1', '--skip-replica-start=1'],
  },
  readTail: (place, request, call) =>
    namesPlaces(request.after)
      ? readTailFromPlace(place, request, call)
      : readTail(mysqlLog, place, request, call),
  readSurplus: (place, request, call) => readSurplus(mysqlLog, place, request, call),
};
