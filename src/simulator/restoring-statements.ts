/** What a model server can be told to do about what only it has: take changes back, or copy another server. */
import { parseAddress } from '../core/identity.ts';
import type { Statement } from './statement.ts';
import { readCounts } from './transaction-log.ts';

const copyMs: readonly [number, number] = [50, 600];
const restartMs = 200;

export const restoring: Readonly<Record<string, (statement: Statement) => void>> = {
  START: ({ session, done }) => {
    session.undoing = [];
    done();
  },
  BINLOG: ({ session, text, done }) => {
    const change = /^BINLOG '([^']+)'/.exec(text)?.[1];
    if (change !== undefined) session.undoing?.push(change);
    done();
  },
  /** All or none, and not in the log. */
  COMMIT: ({ server, session, done }) => {
    server.wait(
      session,
      () => !server.disk.stuck,
      () => {
        for (const change of session.undoing ?? []) server.log.rows.delete(change);
        if (session.mark !== undefined) server.marks.add(session.mark);
        session.undoing = undefined;
        session.mark = undefined;
        done();
      },
    );
  },
  ADOPT: ({ server, words, done }) => {
    server.log.adopt(readCounts(words[1] ?? ''));
    server.disk.sync();
    done();
  },
  DELETE: ({ server, text, done }) => {
    server.marks.delete(/operation = '([^']*)'/.exec(text)?.[1] ?? '');
    done();
  },
  CLONE_READY: ({ done }) => done([{ status: 'ACTIVE' }]),
  CLONE_OUTCOME: ({ server, done }) => done([{ state: server.copy }]),
  CLONE: clone,
};

/** Its own data goes first. At the end it goes down, and comes up again where somebody looks after it. */
function clone({ server, words, near, fail }: Statement): void {
  const address = parseAddress(words[1] ?? '', 3306);
  const donor = address && near.find(address);
  const reached = (): boolean => donor?.life === 'up' && !near.network.isCut(server.name, donor.name);
  if (!donor || !reached()) {
    fail(3862, 'Clone Donor Error: Connect failed');
    return;
  }
  server.copy = 'In Progress';
  server.log.cutTo(0);
  server.log.rows.clear();
  server.later(server.random.between(...copyMs), () => {
    if (!reached()) {
      server.copy = 'Failed';
      fail(3862, 'Clone Donor Error: Network error');
      return;
    }
    server.log.become(donor.log);
    server.disk.sync();
    server.copy = 'Completed';
    server.kill();
    if (server.traits.supervised) server.clock.after(restartMs, () => server.start());
  });
}
