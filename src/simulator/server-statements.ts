/**
 * The statements that a model server understands: one word a thing that MySQL or MariaDB can be told. Several are
 * sent in one round trip, `; ` between them; the first that fails ends the rest.
 */
import { parseAddress } from '../core/identity.ts';
import { ChannelModel } from './channel-model.ts';
import { restoring } from './restoring-statements.ts';
import type { ServerModel } from './server-model.ts';
import { observe } from './server-observation.ts';
import type { ServerSession } from './server-session.ts';
import type { ModelRow, Neighbourhood, Reply, Statement } from './statement.ts';
import { readCounts } from './transaction-log.ts';

/** A metadata lock or a global one that cannot be had is given up after this (lock_wait_timeout). */
const lockWaitMs = 2000;

export function execute(
  parts: { server: ServerModel; session: ServerSession; near: Neighbourhood },
  sql: string,
  answer: (reply: Reply) => void,
): void {
  const { server, session } = parts;
  const texts = sql.split(/\s*;\s+/);
  const sets: (readonly ModelRow[])[] = [];
  const next = (at: number): void => {
    const text = texts[at];
    if (session.ended) return;
    session.statement = text;
    if (text === undefined) {
      answer({ ok: true, sets });
      return;
    }
    const words = text.split(' ');
    const verb = verbs[words[0] ?? ''];
    const fail = (errno: number, message: string): void => {
      session.statement = undefined;
      answer({ ok: false, errno, message });
    };
    if (!verb) {
      fail(1064, `no such statement: ${text}`);
      return;
    }
    const done = (rows: readonly ModelRow[] = []): void => {
      sets.push(rows);
      next(at + 1);
    };
    verb({ server, session, words, text, near: parts.near, done, fail });
  };
  next(0);
}

const verbs: Readonly<Record<string, (statement: Statement) => void>> = {
  VERSION: ({ done }) => done([{ version: '10.11.19' }]),
  PROBE: ({ server, done }) => done([{ observation: JSON.stringify(observe(server)) }]),
  CHANNELS: ({ server, done }) => done([{ channels: JSON.stringify(observe(server).channels) }]),
  POSITION: ({ server, done }) => done([{ position: server.log.position }]),
  AWAIT: awaitPosition,
  WRITING: ({ server, done }) =>
    done(
      [...server.sessions.values()].flatMap(({ id, writing }) =>
        writing === undefined ? [] : [{ session: `${id}`, transaction: writing }],
      ),
    ),
  DANGEROUS: ({ server, done }) =>
    done(
      [...server.sessions.values()]
        .filter(
          ({ kind, writing }) =>
            writing !== undefined || (server.traits.privilegedMayWrite && kind !== 'client'),
        )
        .map(({ id }) => ({ session: `${id}` })),
    ),
  OPERATION_SESSIONS: ({ server, session, done }) =>
    done(
      [...server.sessions.values()]
        .filter((other) => other !== session && other.operation)
        .map(({ id }) => ({ session: `${id}` })),
    ),
  READ_ONLY: readOnly,
  HOLD_COMMITS: holdCommits,
  LET_COMMITS: ({ server, session, done }) => {
    server.releaseCommits(session);
    done();
  },
  WRITABLE: ({ server, session, done }) => {
    server.setMode({ readOnly: false, superReadOnly: false }, `told by ${session.from}`);
    done();
  },
  KILL: ({ server, words, done, fail }) => {
    const victim = server.sessions.get(Number(words[1]));
    if (!victim) {
      fail(1094, `Unknown thread id: ${words[1]}`);
      return;
    }
    server.end(victim, true);
    done();
  },
  PULSE: ({ done }) => done(),
  FLUSH_LOG: ({ server, session, done }) => server.wait(session, () => !server.disk.stuck, done),
  FLUSH: ({ server, done }) => {
    server.disk.sync();
    done();
  },
  SET: ({ server, text, done }) => {
    const sync = /sync_binlog = (\d+)/.exec(text)?.[1];
    if (sync !== undefined) server.disk.logSync = Number(sync);
    done();
  },
  SEMI_SYNC: ({ server, words, done }) => {
    server.semiSync.turnOn({ requiredAcks: Number(words[1]), timeoutMs: Number(words[2]) });
    done();
  },
  STOP_RECEIVER: ({ server, done }) => {
    server.channel?.stopReceiver();
    done();
  },
  START_RECEIVER: ({ server, done }) => {
    server.channel?.startReceiver();
    done();
  },
  START_APPLIER: ({ server, done }) => {
    server.channel?.startApplier();
    done();
  },
  STOP_APPLIER: ({ server, done }) => {
    server.channel?.stopApplier();
    done();
  },
  REPLAY: ({ server, text, done }) => {
    const [, origin = '', number = '0', label] = /^REPLAY ([^:]+):(\d+)(?::(.*))?$/.exec(text) ?? [];
    server.log.append({ origin, number: Number(number), ...(label === undefined ? {} : { label }) });
    server.logged();
    done();
  },
  STOP_REPLICATION: ({ server, done }) => {
    server.channel?.stop();
    done();
  },
  START_REPLICATION: ({ server, done }) => {
    server.channel?.start();
    done();
  },
  CHANGE_SOURCE: changeSource,
  RETIRE_SOURCE: ({ server, done }) => {
    server.channel?.stop();
    server.channel = undefined;
    done();
  },
  CREATE: ({ done }) => done(),
  INSERT: insertHandOver,
  ...restoring,
  SELECT: ({ server, text, done }) => {
    if (text.includes('sync_binlog')) {
      done([{ log_sync: `${server.disk.logSync}`, engine_sync: '1' }]);
      return;
    }
    const operation = /operation = '([^']*)'/.exec(text)?.[1] ?? '';
    const seen = server.marks.has(operation) || server.log.hasLabel(`hand-over ${operation}`);
    done(seen ? [{ 1: '1' }] : []);
  },
};

function awaitPosition({ server, session, words, done }: Statement): void {
  const counts = readCounts(words[1] === '-' ? '' : (words[1] ?? ''));
  let over = false;
  const end = (outcome: string): void => {
    if (over || session.ended) return;
    over = true;
    done([{ outcome }]);
  };
  server.wait(
    session,
    () => server.log.covers(counts),
    () => end('0'),
  );
  server.later(Number(words[2]) * 1000, () => {
    if (over || session.ended) return;
    server.stopWaiting(session);
    end('1');
  });
}

/** Waits for statements that change rows right now, as the real ones do; not for open transactions. */
function readOnly({ server, session, words, done, fail }: Statement): void {
  const superReadOnly = words[1] === 'super';
  let over = false;
  server.wait(
    session,
    () => !server.statementRuns(),
    () => {
      over = true;
      server.setMode({ readOnly: true, superReadOnly }, `told by ${session.from}`);
      done();
    },
  );
  if (over) return;
  server.later(lockWaitMs, () => {
    if (over || session.ended) return;
    over = true;
    server.stopWaiting(session);
    fail(1205, 'Lock wait timeout exceeded');
    server.recheck();
  });
}

function holdCommits({ server, session, done, fail }: Statement): void {
  let over = false;
  server.wait(
    session,
    () => server.commitsHeldBy === undefined,
    () => {
      over = true;
      server.commitsHeldBy = session;
      done();
    },
  );
  if (over) return;
  server.later(lockWaitMs, () => {
    if (over || session.ended) return;
    over = true;
    server.stopWaiting(session);
    fail(1205, 'Lock wait timeout exceeded');
  });
}

function changeSource({ server, words, near, done, fail }: Statement): void {
  const source = parseAddress(words[1] ?? '', 3306);
  if (!source || (server.channel && server.channel.receiver !== 'stopped')) {
    fail(1198, 'This operation cannot be performed as you have a running replica');
    return;
  }
  server.channel?.forget();
  server.channel = new ChannelModel({ replica: server, source, network: near.network, find: near.find });
  done();
}

function insertHandOver({ server, session, text, done, fail }: Statement): void {
  const operation = /VALUES \('([^']*)'/.exec(text)?.[1] ?? '';
  if (session.undoing) {
    session.mark = operation;
    done();
    return;
  }
  if (server.log.hasLabel(`hand-over ${operation}`)) {
    done();
    return;
  }
  server.commit(session, `hand-over ${operation}`, (result) => {
    if (result === 'committed') done();
    else fail(1290, 'The server is running with the --read-only option');
  });
}
