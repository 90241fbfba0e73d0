/** Acknowledged writes that a server does not have, or has with another value. */
import type { RedisServer } from '../../../test/kit/redis/redis-server.ts';
import { RespProber } from '../../../test/kit/redis/resp-prober.ts';
import { RespError } from '../../../test/kit/redis/resp-reply.ts';
import type { LoadRecord } from './load-protocol.ts';

const AT_ONCE = 2000;
const DEADLINE_MS = 20_000;

/** Throws `RespError` when it does not answer for a key: then nothing is known of that. */
export async function missingOn(
  server: RedisServer,
  records: readonly LoadRecord[],
): Promise<readonly LoadRecord[]> {
  using prober = await RespProber.open(server.target, DEADLINE_MS);
  const missing: LoadRecord[] = [];
  for (let at = 0; at < records.length; at += AT_ONCE) {
    const batch = records.slice(at, at + AT_ONCE);
    const replies = await prober.pipeline(
      batch.map(({ key }) => ['GET', key]),
      DEADLINE_MS,
    );
    for (const [index, record] of batch.entries()) {
      const reply = replies[index];
      if (reply instanceof RespError) throw reply;
      if (reply !== record.value) missing.push(record);
    }
  }
  return missing;
}
