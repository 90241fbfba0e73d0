/** What differs between MySQL's and MariaDB's log readers: arguments, and how to read what they print. No I/O here. */
import type { Position, PositionAlgebra } from '../../core/positions.ts';
import type { LogWord } from './log-word.ts';

export interface LogDialect {
  readonly positions: PositionAlgebra;
  /** Prints everything in these files that is not in `after`, and checks each event's checksum. */
  args(after: Position, files: readonly string[]): readonly string[];
  /** Makes the reader print what takes changes of rows back, newest first. Absent where it cannot. */
  readonly reversed?: readonly string[];
  /**
   * From the first lines printed of one file: everything that was logged before it. `encrypted` when nobody without the
   * server's keys can read on, undefined while the lines do not tell yet.
   */
  beginning(text: string): Position | 'encrypted' | undefined;
  /** A reader of one log's text from its beginning. */
  reader(): (statement: string) => LogWord;
  /** All of these transactions and `after`. */
  gather(after: Position, names: readonly Position[]): Position;
  /** Says, whatever the status, only that there is nothing after the position. */
  readonly harmless: RegExp;
  /** The last file ends within an event. */
  readonly truncated: RegExp;
  readonly encrypted: RegExp;
  /** Puts the client's session back as it was, as the tool does. */
  readonly farewell: readonly string[];
}
