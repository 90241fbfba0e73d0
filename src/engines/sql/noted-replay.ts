/**
 * Puts into each transaction of a log's text a statement that notes that it is done: it takes effect with the
 * transaction or not at all. Where a transaction makes a table the server takes no such statement in it (only BINLOG,
 * COMMIT and ROLLBACK after CREATE TABLE … START TRANSACTION): it comes right after. Pure.
 */
import type { Position } from '../../core/positions.ts';
import { begin, createsWithRows, end, noBody } from './log-transactions.ts';
import type { LogWord } from './log-word.ts';

/** After it a transaction takes no more statements but XA PREPARE. */
const lastOfXa = /^XA END /i;

export async function* noted(
  statements: AsyncIterable<string>,
  read: (statement: string) => LogWord,
  note: (reached: Position) => string,
): AsyncGenerator<string> {
  let current: Position | undefined;
  let open = false;
  let noteAfter = false;
  for await (const statement of statements) {
    const word = read(statement);
    if (word.kind === 'names') {
      current = word.position;
      open = false;
      noteAfter = false;
    }
    if (word.kind !== 'work' || current === undefined) {
      yield statement;
      continue;
    }
    noteAfter ||= createsWithRows.test(statement);
    if (!open) {
      yield statement;
      if (begin.test(statement)) open = true;
      else if (!noBody.test(statement)) {
        // By itself it is a transaction, over by now.
        yield note(current);
        current = undefined;
      }
    } else if (lastOfXa.test(statement) || end.test(statement)) {
      if (noteAfter) yield* [statement, note(current)];
      else yield* [note(current), statement];
      current = undefined;
      open = false;
    } else yield statement;
  }
}
