/** How a MySQL server without GTIDs says where it is. Tried on 9.7. */
import type { Version } from '../../core/observation.ts';
import type { Place, PlaceDialect, Whereabouts } from '../sql/place-dialect.ts';
import { filled, number, quote, type Row, text, truth } from '../sql/rows.ts';
import { since } from '../sql/version.ts';
import { orderInLog } from './coordinates.ts';
import { eventReader } from './log-events.ts';
import { replayWord } from './place-marks.ts';
import { namesPlaces, placesIn, positionAt } from './positions.ts';
import { replayBook } from './replay-book.ts';
import { wordsOf } from './words.ts';

/** With OFF_PERMISSIVE it takes transactions with GTIDs from others and gives its own none. */
export const anonymousModes = "'OFF', 'OFF_PERMISSIVE'";

export const isAnonymousMode = (mode: string | undefined): boolean => mode?.startsWith('OFF') === true;

const helper = 'dauphin_level';

const setting = (name: string): string =>
  `(SELECT MAX(VARIABLE_VALUE) FROM performance_schema.global_variables WHERE VARIABLE_NAME IN ('replica_${name}', 'slave_${name}'))`;

/** Otherwise transactions may be missing from its own log, or stand there in another order than in its source's. */
const faithful =
  `(${setting('exec_mode')} = 'STRICT' AND ${setting('skip_errors')} = 'OFF'` +
  ` AND (${setting('preserve_commit_order')} = 'ON' OR ${setting('parallel_workers')} <= 1))`;

/** Also the default one has to be named where there is another. */
const forChannel = (channel: string): string => ` FOR CHANNEL ${quote(channel)}`;

/** By its row of the log's status. */
export function ownPlace(log: Row | undefined, uuid: string): Place | undefined {
  const file = filled(log, 'File');
  return file === undefined
    ? undefined
    : { server: uuid.toLowerCase(), file, offset: number(log, 'Position') ?? 0 };
}

/** By a channel's row of the status: undefined until it has heard from its source. */
export function appliedPlace(row: Row): Place | undefined {
  return placeOf(
    row,
    ['Relay_Source_Log_File', 'Relay_Master_Log_File'],
    ['Exec_Source_Log_Pos', 'Exec_Master_Log_Pos'],
  );
}

/** The end of what its receiver wrote, which may lie within a transaction. */
export function readPlace(row: Row): Place | undefined {
  return placeOf(row, ['Source_Log_File', 'Master_Log_File'], ['Read_Source_Log_Pos', 'Read_Master_Log_Pos']);
}

function placeOf(row: Row, files: readonly string[], offsets: readonly string[]): Place | undefined {
  const server = filled(row, 'Source_UUID', 'Master_UUID');
  const file = filled(row, ...files);
  const offset = number(row, ...offsets);
  return server === undefined || file === undefined || offset === undefined
    ? undefined
    : { server: server.toLowerCase(), file, offset };
}

/** Of several sources no one place speaks; one that neither receives nor applies on a writable server is of the past. */
export function mainChannel(channels: readonly Row[], isWritable: boolean): Row | undefined {
  const [row, ...more] = channels.filter((each) => text(each, 'Channel_Name') !== helper);
  if (row === undefined || more.length > 0) return undefined;
  const idle = [
    ['Replica_IO_Running', 'Slave_IO_Running'],
    ['Replica_SQL_Running', 'Slave_SQL_Running'],
  ].every((names) => text(row, ...names) === 'No');
  return isWritable && idle ? undefined : row;
}

function read([selves = [], logs = [], channels = []]: readonly (readonly Row[])[]): Whereabouts {
  const uuid = text(selves[0], 'uuid') ?? '';
  const row = mainChannel(channels, truth(selves[0], 'writable'));
  const applied = row && appliedPlace(row);
  const file = filled(row, 'Relay_Log_File');
  const offset = number(row, 'Relay_Log_Pos');
  const helping = channels.find((each) => text(each, 'Channel_Name') === helper);
  const taken = helping && appliedPlace(helping);
  return {
    number: number(selves[0], 'server_id') ?? 0,
    faithful: truth(selves[0], 'faithful'),
    own: ownPlace(logs[0], uuid) ?? { server: uuid.toLowerCase(), file: 'none.0', offset: 0 },
    ...(applied === undefined || file === undefined || offset === undefined
      ? {}
      : { following: { channel: text(row, 'Channel_Name') ?? '', applied, relay: { file, offset } } }),
    ...(taken === undefined ? {} : { helping: { channel: helper, applied: taken } }),
  };
}

const awaitFunction = (version: Version): string =>
  since(version, 8, 0, 26) ? 'SOURCE_POS_WAIT' : 'MASTER_POS_WAIT';

export const mysqlPlaces: PlaceDialect = {
  helper,
  isAnonymous: `SELECT @@GLOBAL.gtid_mode IN (${anonymousModes}) AS anonymous`,
  names: namesPlaces,
  placesIn,
  positionAt,
  compare: orderInLog,
  whereabouts: (version) => {
    const words = wordsOf(version);
    return `SELECT @@server_uuid AS uuid, @@GLOBAL.server_id AS server_id, NOT @@GLOBAL.read_only AS writable, ${faithful} AS faithful; ${words.logStatus}; SHOW ${words.replica} STATUS`;
  },
  read,
  // It answers NULL when the applier does not run.
  await: ({ file, offset }, { channel, seconds }, version) =>
    `SET @dauphin_waited = ${awaitFunction(version)}(${quote(file)}, ${offset}, ${seconds}, ${quote(channel)}); ` +
    'SELECT IF(@dauphin_waited IS NULL, 2, IF(@dauphin_waited < 0, 1, 0)) AS outcome',
  settle: ({ file, offset }, channel, version) => {
    const { change, source } = wordsOf(version);
    return `${change} TO ${source}_LOG_FILE = ${quote(file)}, ${source}_LOG_POS = ${offset}${forChannel(channel)}`;
  },
  events: (of, { file, offset, skip }, limit, channel) => {
    const from = `IN ${quote(file)} FROM ${offset} LIMIT ${skip}, ${limit}`;
    return of === 'own log'
      ? `SHOW BINLOG EVENTS ${from}`
      : `SHOW RELAYLOG EVENTS ${from}${forChannel(channel)}`;
  },
  firstReceived: (channel) => `SHOW RELAYLOG EVENTS LIMIT 1${forChannel(channel)}`,
  ownFiles: 'SHOW BINARY LOGS',
  reader: eventReader,
  replayWord,
  book: replayBook,
};
