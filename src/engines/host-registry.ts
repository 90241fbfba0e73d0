/** What the agent is told of each engine's servers. */
import type { EngineHost } from '../core/host.ts';
import type { EngineKind } from '../core/observation.ts';
import { mariadbHost } from './mariadb/log-reader.ts';
import { mysqlHost } from './mysql/log-reader.ts';
import { redisHost } from './redis/host.ts';

export const engineHosts: Readonly<Record<EngineKind, EngineHost>> = {
  mariadb: mariadbHost,
  mysql: mysqlHost,
  redis: redisHost,
  'redis-cluster': { ...redisHost, kind: 'redis-cluster' },
};
