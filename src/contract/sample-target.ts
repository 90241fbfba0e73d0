/** When and where the samples take place: db1 to db4 of a MariaDB cluster named orders. */
import { serverId } from '../core/identity.ts';
import type { Target } from '../core/plan.ts';

/** 2026-11-20 11:31:47.000 UTC */
export const sampleInstant = Date.UTC(2026, 10, 20, 11, 31, 47);

export function sampleTarget(name: string): Target {
  return { id: serverId(`uuid-${name}`), name, address: { host: name, port: 3306 } };
}
