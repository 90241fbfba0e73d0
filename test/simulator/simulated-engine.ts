/**
 * The engine port over model servers. The procedures (drain, freeze, follow …) and their sessions are
 * production's own; only the connections under them and the words of the statements are the simulator's.
 */
import type { Engine, EngineContext, ServerLink } from '../../src/core/engine.ts';
import type { Address } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { SqlConnection } from '../../src/engines/sql/connection.ts';
import { linkOver } from '../../src/engines/sql/link.ts';
import { type Connecting, DatabaseSession } from '../../src/simulator/database-session.ts';
import type { Changing } from '../../src/simulator/invariants.ts';
import { simulatedDialect } from './simulated-dialect.ts';

export interface EngineParts {
  readonly kind: SqlEngineKind;
  /** How this controller's connections to an address are made. */
  connecting(address: Address): Connecting;
  /** Told right before a verb that changes something begins. */
  begins(address: Address, verb: Changing): void;
}

export function simulatedEngine(parts: EngineParts): Engine {
  const dialect = simulatedDialect(parts.kind);
  return {
    kind: parts.kind,
    title: dialect.title,
    defaultPort: 3306,
    positions: dialect.positions,
    privilegedMayWrite: dialect.privilegedMayWrite,
    errant: dialect.errant,
    common: dialect.common,
    restores: dialect.restores,
    link: (address, context) => simulatedLink(parts, address, context),
  };
}

/** The real sessions ask for a version with a statement of their own; the model knows it by a shorter name. */
function connectionOver(session: DatabaseSession): SqlConnection {
  return {
    get open() {
      return session.open;
    },
    get id() {
      return session.id;
    },
    get unanswered() {
      return session.unanswered;
    },
    remoteHost: undefined,
    query: async (what, sql, call) => {
      if (sql.startsWith('USE ')) {
        session.markAsOperations();
        return [[]];
      }
      // In the model a session that is ended is gone at once.
      if (/ AND ID IN \(/.test(sql)) return [[]];
      const abandoned = / AND ID = (\d+)$/.exec(sql)?.[1];
      if (abandoned !== undefined) {
        return [Number(abandoned) === session.id ? [] : [{ session: abandoned }]];
      }
      return session.query(what, sql.startsWith('SELECT VERSION()') ? 'VERSION' : sql, call);
    },
    onEnd: (listener) => session.onEnd(listener),
    close: () => session.close(),
  };
}

function simulatedLink(parts: EngineParts, address: Address, context: EngineContext): ServerLink {
  const to = parts.connecting(address);
  const link = linkOver(simulatedDialect(parts.kind), address, context, async (call) =>
    connectionOver(await DatabaseSession.open(to, call)),
  );
  const announced = <Arguments extends readonly unknown[], Result>(
    verb: Changing,
    work: (...given: Arguments) => Promise<Result>,
  ) => {
    return (...given: Arguments): Promise<Result> => {
      parts.begins(address, verb);
      return work(...given);
    };
  };
  return {
    ...link,
    drain: announced('drain', link.drain),
    freeze: announced('freeze', link.freeze),
    thaw: announced('thaw', link.thaw),
    promote: announced('promote', link.promote),
    endWriters: announced('end-writers', link.endWriters),
    retireSource: announced('retire-source', link.retireSource),
    stopReceiving: announced('gather', link.stopReceiving),
    startReceiving: announced('restore-replication', link.startReceiving),
    restoreReplication: announced('restore-replication', link.restoreReplication),
    applyLog: announced('level', link.applyLog),
    stopReplicating: announced('follow', link.stopReplicating),
    rewind: announced('restore', link.rewind),
    cloneFrom: announced('restore', link.cloneFrom),
    follow: announced('follow', link.follow),
    makeReadOnly: announced('make-read-only', link.makeReadOnly),
    writeHandOver: announced('prove', link.writeHandOver),
  };
}
