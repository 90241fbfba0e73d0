import type { Engine } from '../../core/engine.ts';
import { redis } from '../redis/index.ts';
import { redisClusterShaper } from './cluster-shaper.ts';
import { redisClusterLink } from './link.ts';

export const redisCluster: Engine = {
  ...redis,
  kind: 'redis-cluster',
  title: 'Redis Cluster',
  handsOver: true,
  link: redisClusterLink,
  shaper: redisClusterShaper,
};
