/** The table the writer writes to. `id` is deliberately not unique: a write applied twice is to be seen, not refused. */
import type { DatabaseServer } from './database-server.ts';

export const WRITES_TABLE = 'app.writes';

export async function createWritesTable(primary: DatabaseServer): Promise<void> {
  await primary.query(`
    create database app;
    create table ${WRITES_TABLE} (
      seq bigint unsigned not null auto_increment primary key,
      id varchar(40) not null,
      at timestamp(6) not null,
      key (id)
    )`);
}
