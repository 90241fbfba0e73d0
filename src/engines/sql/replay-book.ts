/**
 * What a server has of the log that is replayed on it, by its own word or by a book that Dauphin keeps in it, and how
 * that counts as applied in the end.
 */
import type { Call } from '../../core/clock.ts';
import type { EngineContext } from '../../core/engine.ts';
import type { Position } from '../../core/positions.ts';
import type { Dialect } from './dialect.ts';
import { serverErrorNumber } from './driver-errors.ts';
import type { LogWord } from './log-word.ts';
import type { PlaceDialect } from './place-dialect.ts';
import type { Replication } from './replication.ts';
import { readPosition, text } from './rows.ts';
import type { Sessions } from './sessions.ts';
import { settle } from './take-from.ts';

export interface ReplayParts {
  readonly dialect: Dialect;
  readonly sessions: Sessions;
  readonly replication: Replication;
  readonly context: EngineContext;
}

export interface ReplayBook {
  /** With the replay begun: whatever the book needs. */
  open(call: Call): Promise<void>;
  /** Applied by replication, or replayed earlier by somebody who did not come to the end of it. */
  held(call: Call): Promise<Position>;
  /** With all appliers stopped: has that count as applied. */
  adopt(call: Call): Promise<void>;
  /** A reader of one log's text from its beginning. */
  reader(): (statement: string) => LogWord;
  /** A statement that notes within a transaction that it is done; absent where the server notes it itself. */
  readonly note?: (reached: Position) => string;
}

/** Undefined where a repeated transaction comes to nothing and all that is executed counts. */
export async function bookOf(parts: ReplayParts, call: Call): Promise<ReplayBook | undefined> {
  const { dialect, replication } = parts;
  if (dialect.replay.ledger) return ledgerBook(parts, dialect.replay.ledger);
  const { places } = replication;
  if (!places || !dialect.places || !(await places.isAnonymous(call))) return undefined;
  return placeBook(parts, dialect.places, await replication.position(call));
}

type Ledger = NonNullable<ReplayParts['dialect']['replay']['ledger']>;

function ledgerBook({ dialect, sessions, replication }: ReplayParts, ledger: Ledger): ReplayBook {
  const held = async (call: Call): Promise<Position> => {
    const applied = await replication.position(call);
    const [rows] = await sessions.query('work', 'read the log position', ledger.logged, call);
    return dialect.positions.union(applied, readPosition(rows?.[0], sessions.address));
  };
  return {
    open: async () => undefined,
    held,
    adopt: async (call) => {
      const adopt = ledger.adopt(await held(call));
      await sessions.query('work', 'count it as applied', adopt, call);
    },
    reader: () => ledger.reader(),
  };
}

function placeBook(parts: ReplayParts, places: PlaceDialect, began: Position): ReplayBook {
  const { dialect, sessions, replication, context } = parts;
  const { book } = places;
  const noted = async (call: Call): Promise<Position> => {
    try {
      const sql = book.read(context.schema, began);
      const [rows] = await sessions.query('work', 'read how far it was replayed', sql, call);
      const found = text(rows?.[0], 'position');
      return (found === undefined ? undefined : dialect.positions.parse(found)) ?? began;
    } catch (thrown) {
      if (book.absent.includes(serverErrorNumber(thrown))) return began;
      throw thrown;
    }
  };
  return {
    open: async (call) => {
      await sessions.query('work', 'open the book of replays', book.make(context.schema), call);
    },
    held: noted,
    adopt: async (call) => {
      const reached = await noted(call);
      if (dialect.positions.compare(reached, began) === 'equal' || !replication.places) return;
      await settle({ dialect: places, places: replication.places, replication, sessions }, reached, call);
    },
    reader: () => places.replayWord,
    note: (reached) => book.note(context.schema, began, reached),
  };
}
