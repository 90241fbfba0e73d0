import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import type { Row } from '../sql/rows.ts';
import type { Sessions } from '../sql/sessions.ts';
import { stopApplying } from '../sql/unfinished-transactions.ts';
import { mysqlDialect } from './dialect.ts';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
const call = (deadlineMs = 5000): Call => ({ signal: new AbortController().signal, deadlineMs });
const denied = (errno: number): Fault =>
  new Fault(errno === 1095 ? 'statement-failed' : 'access-denied', 'no', { details: { errno } });

interface Server {
  /** What each look finds; the last one again and again. */
  readonly looks: readonly (readonly Row[])[];
  /** The applier runs on after it was ended. */
  readonly goesOn?: boolean;
  readonly kill?: () => Promise<void>;
  readonly stop?: () => Promise<void>;
  readonly lookOnLock?: () => Promise<void>;
}

const reached: readonly Row[] = [{ session: '17' }];
const onItsWay: readonly Row[] = [{ session: null }];

/** What a server was told, in its order. */
async function told(server: Server, within: Call = call()): Promise<readonly string[]> {
  const done: string[] = [];
  const looks = [...server.looks];
  let running = true;
  const query = async (slot: string, _what: string, sql: string): Promise<readonly (readonly Row[])[]> => {
    if (sql.startsWith('KILL')) {
      await server.kill?.();
      running = server.goesOn === true;
      done.push(sql);
    } else if (sql === 'the stop') {
      await server.stop?.();
      done.push(sql);
    } else if (sql.startsWith('SHOW')) {
      return [[status(running)]];
    } else {
      if (slot === 'lock') await server.lookOnLock?.();
      const found = (looks.length > 1 ? looks.shift() : server.looks.at(-1)) ?? [];
      if (sql.startsWith('STOP')) done.push('the receiver’s stop');
      return [[], running ? found : []];
    }
    return [];
  };
  const version = async () => ({ major: 9, minor: 7, patch: 4 });
  const sessions = { query, version, address: { host: 'db2', port: 3306 } } as unknown as Sessions;
  const parts = { dialect: mysqlDialect, sessions, clock };
  await stopApplying(parts, { channel: '', what: 'stop', sql: 'the stop' }, within);
  return done;
}

function status(running: boolean): Row {
  const applier = running ? 'Yes' : 'No';
  return { Channel_Name: '', Source_Host: 'db1', Source_Port: '3306', Replica_SQL_Running: applier };
}

/** A stop that waits for the rest, until it is ended. */
function waiting(): { readonly stop: () => Promise<void>; readonly kill: () => Promise<void> } {
  const over = Promise.withResolvers<void>();
  return { stop: () => over.promise, kill: async () => over.resolve() };
}

describe('stopping an applier', () => {
  it('only stops it when nothing was received by half', async () => {
    expect(await told({ looks: [[]] })).toEqual(['the receiver’s stop', 'the stop']);
  });

  it('ends it first when it is within what was received by half', async () => {
    expect(await told({ looks: [reached] })).toEqual(['the receiver’s stop', 'KILL 17', 'the stop']);
  });

  it('waits a little for one that has not come so far', async () => {
    const looks = [onItsWay, onItsWay, onItsWay, reached];
    expect(await told({ looks })).toEqual(['the receiver’s stop', 'KILL 17', 'the stop']);
  });

  it('is sent to one that does not come so far, and ends it when it does', async () => {
    const { stop, kill } = waiting();
    // Longer than it is waited for: a third of the call.
    const began = performance.now();
    const looks = [onItsWay];
    const late = async (): Promise<void> => {
      looks[0] = reached;
      await stop();
    };
    expect(await told({ looks, stop: late, kill }, call(3000))).toContain('KILL 17');
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it('says so when one that was ended runs on', async () => {
    const stopped = told({ looks: [reached], goesOn: true }, call(200));
    await expect(stopped).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await expect(stopped).rejects.toThrow('still runs');
  });

  it.each([1095, 1227])('is left to the server where it may not be ended: %i', async (errno) => {
    let tries = 0;
    const kill = async (): Promise<never> => {
      tries += 1;
      throw denied(errno);
    };
    const stop = (): Promise<void> => sleep(300);
    expect(await told({ looks: [reached], kill, stop })).toEqual(['the receiver’s stop', 'the stop']);
    // Once before the stop and once meanwhile.
    expect(tries).toBe(2);
  });

  it('has its answer though a look hangs', async () => {
    const lookOnLock = (): Promise<void> => Promise.withResolvers<void>().promise;
    const stop = (): Promise<void> => sleep(200);
    expect(await told({ looks: [[]], lookOnLock, stop })).toContain('the stop');
  }, 3000);
});
