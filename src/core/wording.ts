/** Names, numbers and failures in the sentences people read. */
import type { ProbeFailure } from './observation.ts';
import type { PositionGap } from './positions.ts';

/** `db1, db2 and db3` */
export function listing(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** `1 server`, `2 servers` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `3 transactions`, `212 bytes of the stream` */
export function amount({ count, unit }: Pick<PositionGap, 'count' | 'unit'>): string {
  return unit === 'bytes' ? `${counted(count, 'byte')} of the stream` : counted(count, 'transaction');
}

const failures: Readonly<Record<ProbeFailure['code'], string>> = {
  refused: 'the connection is refused',
  unreachable: 'there is no way to it',
  reset: 'the connection broke',
  'timed-out': 'no answer in time',
  'access-denied': 'the account is denied',
  'too-many-connections': 'it has too many connections',
  failed: 'the probe failed',
};

export function failureWords(failure: ProbeFailure | undefined): string {
  return failure === undefined ? 'no answer' : failures[failure.code];
}
