import type { Engine } from '../../core/engine.ts';
import { sqlLink } from '../sql/link.ts';
import { mariadbDialect } from './dialect.ts';

export const mariadb: Engine = {
  kind: 'mariadb',
  title: mariadbDialect.title,
  defaultPort: 3306,
  positions: mariadbDialect.positions,
  privilegedMayWrite: mariadbDialect.privilegedMayWrite,
  errant: mariadbDialect.errant,
  common: mariadbDialect.common,
  restores: mariadbDialect.restores,
  link: (address, context) => sqlLink(mariadbDialect, address, context),
};
