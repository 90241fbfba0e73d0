/**
 * What a server has received, applied or not: by the status of its channels, and from their relay logs where that does
 * not tell. Asked with the receivers stopped.
 */
import type { Call, Clock } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { Position } from '../../core/positions.ts';
import type { Dialect } from './dialect.ts';
import { isBeyond, type ReadRelayLog, type RelayPlace, readRelayLog } from './relay-log.ts';
import { readPosition } from './rows.ts';
import type { Sessions } from './sessions.ts';

export interface ReceivedParts {
  readonly dialect: Dialect;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/**
 * What waits for the channels named in `lost` does not count. Both engines' status counts a transaction as received
 * when its end was (seen on MariaDB 10.11.19 and MySQL 9.7.4).
 */
export async function readReceived(
  parts: ReceivedParts,
  lost: ReadonlySet<string>,
  call: Call,
): Promise<Position> {
  const { clock, sessions } = parts;
  const { positions, relayLog } = parts.dialect;
  const left = countdown(clock, call);
  const union = (all: Position, each: Position | undefined): Position =>
    each === undefined ? all : positions.union(all, each);
  let now = await look(parts, lost, left());
  let all = now.told;
  if (!relayLog) return all;
  for (;;) {
    const read = new Map<string, ReadRelayLog>();
    for (const place of now.silent) {
      read.set(place.channel, await readRelayLog({ relayLog, positions, sessions }, place, left));
    }
    all = [...read.values()].reduce((sum, { found }) => union(sum, found), all);
    if (now.silent.length === 0) return all;
    now = await look(parts, lost, left());
    all = union(all, now.told);
    // An applier throws away what it has applied. What was not read is told now, or is still there.
    const overtaken = now.silent.some(({ channel, file }) => {
      const before = read.get(channel);
      return before === undefined || isBeyond(file, before);
    });
    if (!overtaken) return all;
  }
}

interface Look {
  /** What was applied, and what channels say that they have received. */
  readonly told: Position;
  /** Where the appliers are of channels that do not say it. */
  readonly silent: readonly RelayPlace[];
}

async function look(
  { dialect, sessions }: ReceivedParts,
  lost: ReadonlySet<string>,
  call: Call,
): Promise<Look> {
  const version = await sessions.version(call);
  // In this order: where an applier is in its log must not be later than what it had applied.
  const sql = `${dialect.channels(version)}; ${dialect.position(version)}`;
  const [rows = [], applied] = await sessions.query('work', 'read what was received', sql, call);
  const kept = dialect.readChannels(rows).filter(({ name }) => !lost.has(name));
  const silent = new Set(kept.filter(({ received }) => received === undefined).map(({ name }) => name));
  const told = kept
    .flatMap(({ received }) => received ?? [])
    .reduce(dialect.positions.union, readPosition(applied?.[0], sessions.address));
  const places = rows.flatMap((row) => dialect.relayLog?.place(row) ?? []);
  return { told, silent: places.filter(({ channel }) => silent.has(channel)) };
}
