/** What was seen in one run. */

export interface Seen {
  /** The longest time in which no server of the measured shard took a write; undefined when it never ended. */
  readonly serverMs?: number;
  /** The same in the second before anything was done: what the machine itself holds up. */
  readonly quietMs?: number;
  /** The same as `serverMs`, as an ordinary client saw it. */
  readonly clientMs?: number;
  /** The longest such time in any of the other shards. */
  readonly othersMs?: number;
  /** How long the work took, where that is what the case is about. */
  readonly tookMs?: number;
  readonly acknowledged: number;
  readonly lost: number;
  /** Writes that the old primary acknowledged after it had woken; where it was stopped. */
  readonly afterWake?: number;
  /** Commands of the ordinary client that failed, as its user sees it, by what they are. */
  readonly clientErrors: Readonly<Record<string, number>>;
  /** What the actor itself says of lost writes. */
  readonly said?: string;
  /** What must not be, in words. */
  readonly wrong: readonly string[];
  readonly remarks: readonly string[];
}

export function totalOf(errors: Readonly<Record<string, number>>): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}
