import type { Engine } from '../../core/engine.ts';
import { redisLink } from './link.ts';
import { streamPositions } from './stream-position.ts';
import { redisCommon, redisErrant } from './surplus.ts';

export const redis: Engine = {
  kind: 'redis',
  title: 'Redis',
  defaultPort: 6379,
  positions: streamPositions,
  privilegedMayWrite: false,
  freezesForAWhile: true,
  keepsNoLog: true,
  errant: redisErrant,
  common: redisCommon,
  restores: {
    flashback: false,
    clone: false,
    empty: false,
    byFollowing: true,
    copyable: () => undefined,
  },
  link: redisLink,
};
