/**
 * Where a server is in its cluster's history. The text's grammar belongs to the engine (a GTID set, a GTID
 * position, later an LSN or an offset); everybody else passes it on and asks the engine's algebra.
 */
declare const positionBrand: unique symbol;
export type Position = string & { readonly [positionBrand]: 'Position' };

export const position = (text: string): Position => text as Position;

/** `behind`: the first lacks something the second has, and nothing the other way round. */
export type Ordering = 'behind' | 'equal' | 'ahead' | 'diverged';

/** What one position has that another lacks. */
export interface PositionGap {
  /** How many transactions, or bytes; a lower bound where the engine cannot count them. */
  readonly count: number;
  /** What is counted where the history is a stream and not a list of transactions. */
  readonly unit?: 'bytes';
  /** The transactions in the engine's own notation; empty when there are none. */
  readonly text: string;
}

export interface PositionAlgebra {
  /** The canonical text, or undefined when it is not one of this engine's positions. */
  parse(text: string): Position | undefined;
  compare(a: Position, b: Position): Ordering;
  /** Everything that is in either. */
  union(a: Position, b: Position): Position;
  /** What `a` has that `b` lacks. */
  missing(a: Position, b: Position): PositionGap;
  /** Shortened for people: the part that moves. Never parsed again. */
  brief(a: Position): string;
}
