/** A server that replaces all its data by a copy of another one's, which it makes by itself. */
import { asFault, Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { CopyState, EngineContext } from '../../core/engine.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import type { CloneDialect, Dialect } from './dialect.ts';
import { serverErrorNumber } from './driver-errors.ts';
import { text } from './rows.ts';
import type { Sessions } from './sessions.ts';

export interface CloneParts {
  readonly dialect: Dialect;
  readonly sessions: Sessions;
  readonly context: EngineContext;
}

function wordsOf({ clone, title }: Dialect): CloneDialect {
  if (clone) return clone;
  throw new Fault('bad-request', `${title} cannot copy another server by itself`);
}

/** For both sides of a copy. */
export async function makeReadyToClone({ dialect, sessions }: CloneParts, call: Call): Promise<void> {
  const words = wordsOf(dialect);
  const [rows] = await sessions.query('work', 'look for the clone plugin', words.ready, call);
  if (text(rows?.[0], 'status') === 'ACTIVE') return;
  await sessions.query('work', 'load the clone plugin', words.makeReady, call);
}

/** Returns when the copy is made and the server has gone down, or is about to. */
export async function cloneServer(parts: CloneParts, donor: Address, call: Call): Promise<void> {
  const { sessions, context, dialect } = parts;
  const words = wordsOf(dialect);
  await makeReadyToClone(parts, call);
  try {
    const sql = words.clone(donor, context.admin);
    await sessions.query('work', `copy ${formatAddress(donor)}`, sql, call);
  } catch (thrown) {
    call.signal.throwIfAborted();
    const restarts = words.noRestart.includes(serverErrorNumber(thrown));
    if (!restarts && asFault(thrown).code !== 'connection-lost') {
      await sessions.query('work', 'make read-only again', dialect.readOnly, call).catch(() => undefined);
      throw thrown;
    }
  } finally {
    sessions.close('work');
  }
}

/** The table of copies is there with the plugin only. */
export async function copyState({ dialect, sessions }: CloneParts, call: Call): Promise<CopyState> {
  if (!dialect.clone) return 'none';
  const { ready, outcome } = dialect.clone;
  const [plugin] = await sessions.query('work', 'look for the clone plugin', ready, call);
  if (text(plugin?.[0], 'status') !== 'ACTIVE') return 'none';
  const [rows] = await sessions.query('work', 'look at the copy', outcome, call);
  const state = text(rows?.[0], 'state');
  if (state === undefined || state === 'Not Started') return 'none';
  if (state === 'Completed') return 'whole';
  return state === 'In Progress' ? 'under-way' : 'broken';
}
