/** Empty transactions of given names, for names that only a replica has. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { Position } from '../../core/positions.ts';
import type { Dialect } from './dialect.ts';
import type { Sessions } from './sessions.ts';

export interface EmptyParts {
  readonly dialect: Dialect;
  readonly sessions: Sessions;
}

export async function commitEmpty(
  { dialect, sessions }: EmptyParts,
  names: Position,
  call: Call,
): Promise<void> {
  if (!dialect.emptyTransactions)
    throw new Fault('bad-request', `${dialect.title} gives transactions their names by itself`);
  try {
    for (const sql of dialect.emptyTransactions(names)) {
      call.signal.throwIfAborted();
      call.assertAllowed?.();
      await sessions.query('work', 'commit an empty transaction', sql, call);
    }
  } finally {
    // Whatever became of the last one, the next transaction on this connection would go by its name.
    sessions.close('work');
  }
}
