/** What INFO replication says, of a primary and of a replica. */
import type { Address } from '../../core/identity.ts';
import type { Position } from '../../core/positions.ts';
import { type Info, infoNumber } from '../resp/info.ts';
import { type Place, streamPosition } from './stream-position.ts';

/** A name that nothing had. */
const noName = '0'.repeat(40);

export const isReplica = (info: Info): boolean => info.get('role') === 'slave';

export function placeOf(info: Info): Place {
  const id = info.get('master_replid') ?? noName;
  const bytes = infoNumber(info, isReplica(info) ? 'slave_repl_offset' : 'master_repl_offset') ?? 0;
  const former = info.get('master_replid2') ?? noName;
  const next = infoNumber(info, 'second_repl_offset') ?? -1;
  // It tells the first byte that is not the former stream's any more.
  return former === noName || next < 1
    ? { id, bytes: Math.max(bytes, 0) }
    : { id, bytes: Math.max(bytes, 0), former: { id: former, bytes: next - 1 } };
}

export const positionOf = (info: Info): Position => streamPosition(placeOf(info));

export function sourceOf(info: Info): Address | undefined {
  const host = info.get('master_host');
  const port = infoNumber(info, 'master_port');
  return isReplica(info) && host !== undefined && port !== undefined ? { host, port } : undefined;
}

/** Its replicas, as they announce themselves. */
export function replicasOf(info: Info): readonly Address[] {
  return [...info]
    .filter(([field]) => /^slave\d+$/.test(field))
    .flatMap(([, value]) => {
      const fields = new Map(value.split(',').map((part) => part.split('=', 2) as [string, string]));
      const [host, port] = [fields.get('ip'), Number(fields.get('port'))];
      return host && port > 0 ? [{ host, port }] : [];
    });
}
