import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { LogPoint } from '../../core/engine.ts';
import { position } from '../../core/positions.ts';
import { Places } from '../sql/places.ts';
import type { Row } from '../sql/rows.ts';
import type { Sessions } from '../sql/sessions.ts';
import { mysqlPlaces } from './places.ts';

const uuid = '0a1b2c3d-0000-0000-0000-000000000002';
const own = 2;
const source = 1;
const call: Call = { signal: new AbortController().signal, deadlineMs: 1000 };

/** A log of one file after the other; each transaction of `origin` takes 100 bytes from 200 on. */
type Log = Readonly<Record<string, readonly number[]>>;

const errors = {
  notShown: new Fault('statement-failed', 'SHOW BINLOG EVENTS: Wrong offset', { details: { errno: 1220 } }),
  noFile: new Fault('statement-failed', 'Could not find target log', { details: { errno: 1220 } }),
  denied: new Fault('access-denied', 'no REPLICATION SLAVE', { details: { errno: 1227 } }),
};

function eventsIn(file: string, origins: readonly number[]): readonly Row[] {
  return origins.map((origin, at) => ({
    Log_name: file,
    Pos: 200 + at * 100,
    End_log_pos: 300 + at * 100,
    Event_type: 'Query',
    Server_id: origin,
    Info: 'create table app.t (id int)',
  })) as unknown as readonly Row[];
}

function placesOf(log: Log, refuses: (from: LogPoint) => Fault | undefined = () => undefined): Places {
  const files = Object.keys(log);
  const last = files.at(-1) ?? '';
  const end = { server: uuid, file: last, offset: 200 + (log[last]?.length ?? 0) * 100 };
  const query = async (_lane: string, _what: string, sql: string): Promise<readonly (readonly Row[])[]> => {
    if (sql === 'whereabouts') return [];
    if (sql === mysqlPlaces.ownFiles) return [files.map((file) => ({ Log_name: file }))];
    const [, file = '', from, skip] = /IN '(.*)' FROM (\d+) LIMIT (\d+)/.exec(sql) ?? [];
    const refused = refuses({ file, offset: Number(from) });
    if (refused) throw refused;
    const origins = log[file];
    if (origins === undefined) throw errors.noFile;
    const rows = eventsIn(file, origins).filter((row) => Number(row.Pos) >= Number(from));
    return [rows.slice(Number(skip))];
  };
  const version = async () => ({ major: 9, minor: 7, patch: 4 });
  const sessions = { query, version, address: { host: 'db2', port: 3306 } } as unknown as Sessions;
  const where = () => ({ number: own, faithful: true, own: end });
  return new Places({
    places: { ...mysqlPlaces, whereabouts: () => 'whereabouts', read: where },
    sessions,
    clock: { monotonic: () => 0, now: () => 0, sleep: async () => undefined },
  });
}

const near = (offset: number, file = 'bin.2'): LogPoint => ({ file, offset });
const at = (file: string, offset: number) => `@${uuid}/${file}:${offset}`;
const one = [{ end: position(''), what: 'create table app.t (id int)' }];

describe('where survivors go on in a candidate’s log', () => {
  it('is where it stood when nothing came since', async () => {
    const places = placesOf({ 'bin.2': [source, source] });
    expect(await places.lastLogged([], { near: near(400), replayed: false }, call)).toBe(at('bin.2', 400));
  });

  it('is before what an earlier try replayed, though it stood past that', async () => {
    const places = placesOf({ 'bin.2': [source, source, own, own] });
    const replayed = { near: near(600), replayed: true };
    expect(await places.lastLogged([], replayed, call)).toBe(at('bin.2', 400));
    expect(await places.lastLogged(one, replayed, call)).toBe(at('bin.2', 300));
  });

  it('is in an earlier file when all of the last was replayed, or nothing stands there', async () => {
    const replayed = { near: near(200, 'bin.3'), replayed: true };
    const log = { 'bin.1': [source, own], 'bin.2': [own, own], 'bin.3': [] };
    expect(await placesOf(log).lastLogged([], replayed, call)).toBe(at('bin.1', 300));
  });

  it('cannot be told when the log holds only what it wrote itself', async () => {
    const log = { 'bin.1': [own], 'bin.2': [own] };
    await expect(placesOf(log).lastLogged([], { near: undefined, replayed: true }, call)).rejects.toThrow(
      'does not hold',
    );
  });

  it('is found in the file where no event begins where it stood', async () => {
    const refuses = ({ offset }: LogPoint) => (offset === 450 ? errors.notShown : undefined);
    const places = placesOf({ 'bin.2': [source, source, source] }, refuses);
    const stood = { near: near(450), replayed: false };
    expect(await places.lastLogged([], stood, call)).toBe(at('bin.2', 500));
  });

  it('is not told when the log cannot be read: that does not mean that nothing came', async () => {
    const refuses = ({ offset }: LogPoint) => (offset === 300 ? errors.denied : undefined);
    const places = placesOf({ 'bin.2': [source, source, source] }, refuses);
    const told = places.lastLogged([], { near: near(300), replayed: false }, call);
    await expect(told).rejects.toMatchObject({ code: 'access-denied' });
  });
});
