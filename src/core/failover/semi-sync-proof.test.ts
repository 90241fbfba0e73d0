import { describe, expect, it } from 'vitest';
import type { SemiSync } from '../observation.ts';
import { cluster, nodeNamed, testTime } from '../testing/cluster-builder.ts';
import type { ServerTraits } from '../testing/server-traits.ts';
import { proofBySemiSync } from './semi-sync-proof.ts';

const diedMsAgo = 30_000;
const lastSeenAt = testTime - diedMsAgo;
const forever = { sourceEnabled: true, sourceActive: true, requiredAcks: 1, timeoutMs: 36_000_000 };

/** Of db1, which is dead, with `connected` semi-synchronous replicas when it was last seen. */
function survivorsNeeded(
  connected: number,
  replicas: Readonly<Record<string, ServerTraits>>,
  more: Partial<SemiSync> = {},
  dead: ServerTraits = {},
): number | undefined {
  let built = cluster().primary('db1', {
    ...dead,
    unreachable: true,
    seenMsAgo: diedMsAgo,
    semiSync: { ...forever, connectedReplicas: connected, ...more },
  });
  for (const [name, traits] of Object.entries(replicas)) built = built.replica(name, traits);
  const topology = built.topology();
  const proof = proofBySemiSync(
    nodeNamed(topology, 'db1'),
    Object.keys(replicas).map((name) => nodeNamed(topology, name)),
  );
  return proof.ok ? proof.provenBy.survivors : undefined;
}

const enabled: ServerTraits = { semiSync: { replicaEnabled: true } };
/** Seen to acknowledge when the primary was last seen. */
const connected: ServerTraits = { ...enabled, acknowledging: { since: lastSeenAt } };

describe('how many survivors hold every acknowledged commit', () => {
  it.each<[string, number, Readonly<Record<string, ServerTraits>>, number]>([
    ['all that are known were connected, and nobody else', 2, { db2: connected, db3: connected }, 2],
    ['one more was connected that nobody knows', 3, { db2: connected, db3: connected }, 3],
    ['a stranger was connected in the place of one that is known', 2, { db2: connected, db3: enabled }, 3],
    ['one had lost the primary and may be back', 1, { db2: connected, db3: enabled }, 2],
    [
      'one was disconnected by then, as another look saw',
      2,
      { db2: connected, db3: { ...enabled, acknowledging: { since: 0, until: lastSeenAt } } },
      3,
    ],
    [
      'one was disconnected after the death only',
      2,
      { db2: connected, db3: { ...enabled, acknowledging: { since: 0, until: lastSeenAt + 1 } } },
      2,
    ],
    [
      'one was seen to be connected only later, and may not have been among them',
      2,
      { db2: connected, db3: { ...enabled, acknowledging: { since: lastSeenAt + 1 } } },
      3,
    ],
    [
      'one that is known acknowledges no more',
      2,
      { db2: connected, db3: { acknowledging: { since: 0 } } },
      2,
    ],
  ])('%s', (_what, count, replicas, needed) => {
    expect(survivorsNeeded(count, replicas)).toBe(needed);
  });

  it.each([
    ['is counted until the primary notices', 5, 2],
    ['is not what the primary counts once another has come', 1, 3],
  ])('one whose connection broke 4 s before %s', (_what, secondsAgo, needed) => {
    const broken = { ...enabled, acknowledging: { since: 0, until: lastSeenAt - 4000 } };
    const noneCameSince = lastSeenAt - secondsAgo * 1000;
    expect(survivorsNeeded(2, { db2: connected, db3: broken }, {}, { noneCameSince })).toBe(needed);
    const { since, until } = broken.acknowledging;
    const again = { ...enabled, acknowledging: { since: lastSeenAt + 1, earlier: { since, until } } };
    expect(survivorsNeeded(2, { db2: connected, db3: again }, {}, { noneCameSince })).toBe(needed);
  });

  it('are fewer where each commit waits for more', () => {
    expect(survivorsNeeded(3, { db2: connected, db3: connected, db4: connected }, { requiredAcks: 2 })).toBe(
      2,
    );
  });
});
