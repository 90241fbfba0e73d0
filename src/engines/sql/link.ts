/** One MySQL or MariaDB server, as the control plane sees it: the engine port over the sessions to it. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { EngineContext, ServerLink } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { Observation } from '../../core/observation.ts';
import type { Position } from '../../core/positions.ts';
import { cloneServer, copyState, makeReadyToClone } from './clone-server.ts';
import { commitEmpty } from './commit-empty.ts';
import type { OpenConnection } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { HandOver } from './hand-over.ts';
import { HandOverJournal } from './hand-over-journal.ts';
import { endLeftReplay } from './replay-conditions.ts';
import { replayLog } from './replay-log.ts';
import { Replication } from './replication.ts';
import { restoreReplication } from './restore-replication.ts';
import { type RewindParts, rewindLog } from './rewind-log.ts';
import { text } from './rows.ts';
import { SqlSession } from './session.ts';
import { Sessions } from './sessions.ts';
import { expectSettled, linkPlaces } from './take-from.ts';

export function sqlLink(dialect: Dialect, address: Address, context: EngineContext): ServerLink {
  return linkOver(dialect, address, context, (call, form) =>
    SqlSession.open(address, context.admin, { clock: context.clock, form }, call),
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
    ...watching(dialect, sessions, context),
    prepare: async (call, { noFreeze = false } = {}) => {
      await Promise.all([sessions.get('work', call), ...(noFreeze ? [] : [sessions.get('lock', call)])]);
    },
    rest: async () => sessions.close('work', 'lock', 'replay'),
    drain: (request, call) => handOver.drain(request, call),
    freeze: (call) => handOver.freeze(call),
    holdsFreeze: () => handOver.holdsFreeze(),
    takeOver: async (call) => {
      await handOver.takeOver(call);
      await endLeftReplay({ dialect, sessions, replication, context }, call);
    },
    thaw: (call) => handOver.thaw(call),
    position: (call) => replication.position(call),
    awaitPosition: (wanted: Position, call) => replication.awaitPosition(wanted, call),
    promote: (request, call) => handOver.promote(request, call),
    endWriters: (call) => handOver.endWriters(call),
    ...receiving(replication),
    ...following(replication),
    ...placing({ dialect, sessions, context }, replication),
    restoreReplication: async (channels, call) => {
      await handOver.takeOver(call);
      await expectSettled(dialect, replication, call);
      await restoreReplication({ dialect, sessions, context }, channels, call);
    },
    applyLog: (statements, call) => replayLog({ dialect, sessions, replication, context }, statements, call),
    ...restoring({ dialect, sessions, context }),
    writeHandOver: async (row, call) => {
      await journal.write(row, call);
      return replication.position(call);
    },
    seesHandOver: (operation, call) => journal.sees(operation, call),
    close: async () => sessions.closeAll(),
  };
}

function watching(
  dialect: Dialect,
  sessions: Sessions,
  context: EngineContext,
): Pick<ServerLink, 'probe' | 'pulse' | 'flush' | 'onLost'> {
  return {
    probe: (call) => look(dialect, sessions, context, call),
    pulse: async (call) => {
      await sessions.query('pulse', 'pulse', dialect.pulse, call);
    },
    flush: async (call) => {
      await sessions.query('flush', 'flush the log', dialect.flush, call);
    },
    onLost: (listener) => sessions.onLost(listener),
  };
}

function placing(
  { dialect: { places: dialect }, sessions, context: { schema, clock } }: RewindParts,
  replication: Replication,
): Pick<ServerLink, 'places'> {
  const { places } = replication;
  if (!dialect || !places) return {};
  return { places: linkPlaces({ dialect, places, replication, sessions, clock, schema }) };
}

function following(
  replication: Replication,
): Pick<ServerLink, 'follow' | 'stopReplicating' | 'retireSource'> {
  return {
    follow: async (request, call) => {
      await replication.follow(request, call);
      return {};
    },
    stopReplicating: (call) => replication.stop(call),
    retireSource: (call) => replication.retireSource(call),
  };
}

function receiving(
  replication: Replication,
): Pick<ServerLink, 'stopReceiving' | 'startReceiving' | 'renewReceiver'> {
  return {
    stopReceiving: (call) => replication.stopReceiving(call),
    startReceiving: (call) => replication.startReceiving(call),
    renewReceiver: (channel, call) => replication.renewReceiver(channel, call),
  };
}

type Restoring = Pick<
  ServerLink,
  | 'rewind'
  | 'adopt'
  | 'cloneFrom'
  | 'readyToClone'
  | 'copyState'
  | 'dataBytes'
  | 'commitEmpty'
  | 'makeReadOnly'
>;

function restoring(parts: RewindParts): Restoring {
  const { dialect, sessions } = parts;
  return {
    rewind: (request, call) => rewindLog(parts, request, call),
    adopt: async (held, call) => {
      if (!dialect.adopt) throw new Fault('bad-request', `${dialect.title} keeps its history with its data`);
      await sessions.query('work', 'adopt a history', dialect.adopt(held), call);
    },
    cloneFrom: (donor, call) => cloneServer(parts, donor, call),
    readyToClone: (call) => makeReadyToClone(parts, call),
    makeReadOnly: async (call) => {
      await sessions.query('work', 'make read-only', dialect.readOnly, call);
    },
    copyState: (call) => copyState(parts, call),
    commitEmpty: (names, call) => commitEmpty(parts, names, call),
    dataBytes: async (call) => {
      const [rows] = await sessions.query('work', 'measure the data', dialect.dataBytes, call);
      return Number(text(rows?.[0], 'bytes') ?? 0);
    },
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
