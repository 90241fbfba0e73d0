/** What a bench is given by main.ts. */

export interface BenchIo {
  /** A line for people. */
  say(line: string): void;
  /** The one object for machines; printed when it was asked for. */
  result(figures: object): void;
  /** Fired when the user wants no more of it. */
  readonly signal: AbortSignal;
}

/** `args` without the bench's own name and the options that all benches have. Throws UsageError. */
export type Bench = (args: readonly string[], io: BenchIo) => Promise<void>;
