/** The store in one SQLite file, for one controller. */
export { openSqliteStore } from './open-store.ts';
