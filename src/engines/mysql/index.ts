import type { Engine } from '../../core/engine.ts';
import { sqlLink } from '../sql/link.ts';
import { mysqlDialect } from './dialect.ts';

export const mysql: Engine = {
  kind: 'mysql',
  title: mysqlDialect.title,
  defaultPort: 3306,
  positions: mysqlDialect.positions,
  privilegedMayWrite: mysqlDialect.privilegedMayWrite,
  errant: mysqlDialect.errant,
  common: mysqlDialect.common,
  restores: mysqlDialect.restores,
  link: (address, context) => sqlLink(mysqlDialect, address, context),
};
