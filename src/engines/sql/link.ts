/** One MySQL or MariaDB server, as the control plane sees it: the engine port over the sessions to it. */
import type { Call } from '../../core/clock.ts';
import type { EngineContext, ServerLink } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { Observation } from '../../core/observation.ts';
import type { Position } from '../../core/positions.ts';
import type { OpenConnection } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { HandOver } from './hand-over.ts';
import { HandOverJournal } from './hand-over-journal.ts';
import { Replication } from './replication.ts';
import { SqlSession } from './session.ts';
import { Sessions } from './sessions.ts';

export function sqlLink(dialect: Dialect, address: Address, context: EngineContext): ServerLink {
  return linkOver(dialect, address, context, (call) =>
    SqlSession.open(address, context.admin, context.clock, call),
  );
}

/** With connections of another make: the simulator's. */
export function linkOver(
  dialect: Dialect,
  address: Address,
  context: EngineContext,
  connection: OpenConnection,
): ServerLink {
  const sessions = new Sessions(address, connection);
  const handOver = new HandOver(dialect, sessions, context);
  const replication = new Replication(dialect, sessions, context);
  const journal = new HandOverJournal(sessions, context.schema);

  return {
    address,
    probe: (call) => look(dialect, sessions, context, call),
    prepare: async (call) => {
      await Promise.all([sessions.get('work', call), sessions.get('lock', call)]);
    },
    rest: async () => sessions.close('work', 'lock'),
    drain: (request, call) => handOver.drain(request, call),
    freeze: (call) => handOver.freeze(call),
    holdsFreeze: () => handOver.holdsFreeze(),
    takeOver: (call) => handOver.takeOver(call),
    thaw: (call) => handOver.thaw(call),
    position: (call) => replication.position(call),
    awaitPosition: (wanted: Position, call) => replication.awaitPosition(wanted, call),
    promote: (request, call) => handOver.promote(request, call),
    endWriters: (call) => handOver.endWriters(call),
    retireSource: (call) => replication.retireSource(call),
    stopReplicating: (call) => replication.stop(call),
    follow: (request, call) => replication.follow(request, call),
    makeReadOnly: async (call) => {
      await sessions.query('work', 'make read-only', dialect.readOnly, call);
    },
    writeHandOver: async (row, call) => {
      await journal.write(row, call);
      return replication.position(call);
    },
    seesHandOver: (operation, call) => journal.sees(operation, call),
    close: async () => sessions.closeAll(),
  };
}

async function look(
  dialect: Dialect,
  sessions: Sessions,
  context: EngineContext,
  call: Call,
): Promise<Observation> {
  const { clock, longTransactionSeconds } = context;
  const { address } = sessions;
  const began = clock.monotonic();
  const session = await sessions.get('look', call);
  const version = await sessions.version(call);
  const sets = await session.query('probe', dialect.probe(version, longTransactionSeconds), call);
  const host = session.remoteHost;
  return {
    ...dialect.readProbe(sets, version),
    address,
    ...(host === undefined || host === address.host ? {} : { resolved: { host, port: address.port } }),
    observedAt: clock.now(),
    tookMs: clock.monotonic() - began,
  };
}
