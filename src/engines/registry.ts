/** The engines there are. A new one is a folder beside this file and a line here. */
import type { Engine } from '../core/engine.ts';
import type { EngineKind } from '../core/observation.ts';
import { mariadb } from './mariadb/index.ts';
import { mysql } from './mysql/index.ts';
import { redis } from './redis/index.ts';
import { redisCluster } from './redis-cluster/index.ts';

export const engines: Readonly<Record<EngineKind, Engine>> = {
  mariadb,
  mysql,
  redis,
  'redis-cluster': redisCluster,
};
