/** The accounts of every server the kit starts. */
import type { SqlEngineKind } from '../../src/core/observation.ts';
import { quote, type SqlAccount } from './sql.ts';

/** What the control plane is given: everything. */
export const dauphin: SqlAccount = { user: 'dauphin', password: 'dauphin' };
/** What a replica follows its source with. */
export const repl: SqlAccount = { user: 'repl', password: 'repl' };
/** An application, bound to `read_only` like any other. */
export const app: SqlAccount = { user: 'app', password: 'app' };
/** A session that `read_only` does not stop. */
export const boss: SqlAccount = { user: 'boss', password: 'boss' };

/** One statement a line, as the servers want it of a file they read while they are being set up. */
export function accountStatements(engine: SqlEngineKind): readonly string[] {
  const create = [dauphin, repl, app, boss].map(
    ({ user, password }) => `create user ${quote(user)}@'%' identified by ${quote(password)};`,
  );
  return [
    ...(engine === 'mariadb' ? ['flush privileges;', "delete from mysql.global_priv where user='';"] : []),
    ...create,
    `grant all privileges on *.* to '${dauphin.user}'@'%' with grant option;`,
    `grant replication slave, replication client on *.* to '${repl.user}'@'%';`,
    `grant select, insert, update, delete, create on \`app\`.* to '${app.user}'@'%';`,
    `grant all privileges on *.* to '${boss.user}'@'%';`,
  ];
}
