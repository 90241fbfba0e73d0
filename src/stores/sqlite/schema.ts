/** The tables, and how a file comes to have them. A step once released is never edited: add the next one. */
import type { DatabaseSync } from 'node:sqlite';
import { number } from './columns.ts';
import { storeUnavailable } from './faults.ts';

/** "Daup": tells a Dauphin store from the SQLite file of another program. */
const applicationId = 0x44617570;

const migrations: readonly string[] = [
  `CREATE TABLE entries (
     key TEXT PRIMARY KEY,
     value TEXT NOT NULL,
     create_revision INTEGER NOT NULL,
     mod_revision INTEGER NOT NULL,
     lease TEXT
   ) STRICT;
   CREATE INDEX entries_of_lease ON entries (lease) WHERE lease IS NOT NULL;

   -- value, create_revision and lease are NULL where a key was deleted
   CREATE TABLE history (
     change INTEGER PRIMARY KEY,
     revision INTEGER NOT NULL,
     key TEXT NOT NULL,
     create_revision INTEGER,
     lease TEXT,
     value TEXT
   ) STRICT;
   CREATE INDEX history_by_revision ON history (revision);

   CREATE TABLE leases (
     id TEXT PRIMARY KEY,
     ttl_ms REAL NOT NULL,
     expires_at REAL NOT NULL
   ) STRICT;
   CREATE INDEX leases_by_expiry ON leases (expires_at);

   CREATE TABLE counters (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     revision INTEGER NOT NULL,
     change INTEGER NOT NULL,
     lease INTEGER NOT NULL,
     compacted_revision INTEGER NOT NULL,
     compacted_change INTEGER NOT NULL,
     history_bytes INTEGER NOT NULL
   ) STRICT;
   INSERT INTO counters VALUES (1, 0, 0, 0, 0, 0, 0);`,
];

/** The newest schema this program knows; a file counts the steps done to it in `user_version`. */
const schemaVersion: number = migrations.length;

const pragma = (database: DatabaseSync, name: string): number =>
  number(database.prepare(`PRAGMA ${name}`).get(), name);

/** Refuses, before anything is changed, a file that another program or a newer Dauphin wrote. */
export function assertOurs(path: string, database: DatabaseSync): void {
  const version = pragma(database, 'user_version');
  const id = pragma(database, 'application_id');
  const tables = number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get(), 'tables');
  if (id !== applicationId && (id !== 0 || version !== 0 || tables !== 0)) {
    throw storeUnavailable(path, 'not-a-store', { note: 'it is a SQLite database of another program' });
  }
  if (version > schemaVersion) {
    const note = `the file has schema version ${version}, this Dauphin knows versions up to ${schemaVersion}`;
    throw storeUnavailable(path, 'newer-schema', { note });
  }
}

/** Brings the file to `schemaVersion`, inside a write transaction of the caller. */
export function migrate(database: DatabaseSync): void {
  for (const step of migrations.slice(pragma(database, 'user_version'))) database.exec(step);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
}
