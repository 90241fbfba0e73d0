/** Pauses as a client sees them, derived from its acknowledged writes. */
import type { WriteRecord } from './writer-protocol.ts';

/** The server that takes the writes changed. */
export interface SwitchEvent {
  readonly from: string;
  readonly to: string;
  /** Epoch microseconds of the machine clock. */
  readonly lastAckOnOld: number;
  readonly firstAckOnNew: number;
  readonly pauseMs: number;
}

export interface Pause {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/**
 * Two writable servers at once show as switches to and fro. `records` in any order; the connections' answers come in
 * as they like.
 */
export function switchesOf(records: readonly WriteRecord[]): readonly SwitchEvent[] {
  return neighbours(records)
    .filter(([before, after]) => before.server !== after.server)
    .map(([before, after]) => ({
      from: before.server,
      to: after.server,
      lastAckOnOld: before.ackedAt,
      firstAckOnNew: after.ackedAt,
      pauseMs: (after.ackedAt - before.ackedAt) / 1000,
    }));
}

/** The longest time without any acknowledgement; undefined with fewer than two. */
export function longestPause(records: readonly WriteRecord[]): Pause | undefined {
  return neighbours(records)
    .map(([before, after]) => ({
      from: before.ackedAt,
      to: after.ackedAt,
      ms: (after.ackedAt - before.ackedAt) / 1000,
    }))
    .reduce<Pause | undefined>(
      (longest, pause) => (longest && longest.ms >= pause.ms ? longest : pause),
      undefined,
    );
}

function neighbours(records: readonly WriteRecord[]): readonly (readonly [WriteRecord, WriteRecord])[] {
  const inOrder = records.toSorted((a, b) => a.ackedAt - b.ackedAt);
  return inOrder.flatMap((after, index) => {
    const before = inOrder[index - 1];
    return before === undefined ? [] : [[before, after] as const];
  });
}
