/** The time port. Nothing in Dauphin reads the machine's clock but its adapter; the simulator has its own. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds: for records that people read. */
  now(): number;
  /** Monotonic milliseconds with a fraction: for measuring and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`, with 0 once all news that has arrived is taken in; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Every effect carries one: how long it may take, and what ends it early. */
export interface Call {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Throws when the caller may not act any more; asked right before anything is sent. */
  readonly assertAllowed?: () => void;
}
