/**
 * Puts into each transaction of a log's text a statement that notes that it is done: it takes effect with the
 * transaction or not at all. Pure.
 */
import type { Position } from '../../core/positions.ts';
import { begin, end, noBody } from './log-transactions.ts';
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
  for await (const statement of statements) {
    const word = read(statement);
    if (word.kind === 'names') {
      current = word.position;
      open = false;
    }
    if (word.kind !== 'work' || current === undefined) {
      yield statement;
    } else if (open) {
      if (lastOfXa.test(statement) || end.test(statement)) {
        yield note(current);
        current = undefined;
        open = false;
      }
      yield statement;
    } else {
      yield statement;
      if (begin.test(statement)) open = true;
      else if (!noBody.test(statement)) {
        // By itself it is a transaction, over by now.
        yield note(current);
        current = undefined;
      }
    }
  }
}
