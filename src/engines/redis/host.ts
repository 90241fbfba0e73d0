/** What the agent beside a Redis or Valkey server has to know of it. */
import { Fault } from '../../contract/errors.ts';
import type { EngineHost } from '../../core/host.ts';
import { fencedFromStart } from './fence-setting.ts';

const [setting, value] = fencedFromStart;

/** Its append-only file says what it did, and not where in its stream that was: nobody could be given a part of it. */
const noLog = (): Promise<never> =>
  Promise.reject(
    new Fault(
      'salvage-impossible',
      'Redis keeps no log from which another server could be given what it lacks',
    ),
  );

export const redisHost: EngineHost = {
  kind: 'redis',
  programs: ['redis-server', 'valkey-server'],
  // Answered before any password, with an error where one is demanded.
  ring: 'PING\r\n',
  logTool: 'redis-cli',
  readOnly: { lines: [`${setting} ${value}`], args: [`--${setting}`, value] },
  readTail: noLog,
  readSurplus: noLog,
};
