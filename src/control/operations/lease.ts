/**
 * Who may act on a cluster. The key's create revision is the fencing token: every journal entry is committed
 * only while it is unchanged, so a controller that lost the cluster cannot take another step.
 */

import { Fault } from '../../contract/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { ClusterName, OperationId } from '../../core/identity.ts';
import type { Compare, LeaseId, Store } from '../../core/store.ts';
import type { Holder } from './holder.ts';
import { keys } from './keys.ts';

const ttlMs = 5000;
const renewMs = 1500;

type Guard = Extract<Compare, { readonly is: 'create-revision' }>;

export interface ClusterLease {
  /** To be true in every commit that is made under the lease. */
  readonly guard: Guard;
  readonly key: string;
  /** Fires when the lease is lost: stop acting, at once. */
  readonly lost: AbortSignal;
  /** Throws `lease-lost` when its time is over by this controller's own clock, whatever has been heard since. */
  assertHeld(): void;
  release(): Promise<void>;
}

export type LeaseAnswer =
  | { readonly ok: true; readonly lease: ClusterLease }
  | { readonly ok: false; readonly heldFor: string };

interface LeaseRecord {
  readonly holder: string;
  readonly operation: string;
}

/** One try. A lease whose holder is known to be dead is broken; any other is respected until it expires. */
export async function acquireLease(
  { store, clock, holder }: { store: Store; clock: Clock; holder: Holder },
  cluster: ClusterName,
  operation: OperationId,
): Promise<LeaseAnswer> {
  const key = keys.lease(cluster);
  const present = await store.get(key);
  if (present) {
    const record = JSON.parse(present.value) as LeaseRecord;
    if (!holder.isDead(record.holder)) return { ok: false, heldFor: record.operation };
    await store.commit({
      compare: [{ key, is: 'create-revision', revision: present.createRevision }],
      writes: [{ delete: key }],
    });
  }
  const askedAt = clock.monotonic();
  const id = await store.grantLease(ttlMs);
  const record: LeaseRecord = { holder: holder.name, operation };
  const answer = await store.commit({
    compare: [{ key, is: 'absent' }],
    writes: [{ put: key, value: JSON.stringify(record), lease: id }],
  });
  if (!answer.ok) {
    await store.revokeLease(id);
    return { ok: false, heldFor: 'another operation' };
  }
  const guard: Guard = { key, is: 'create-revision', revision: answer.revision };
  return { ok: true, lease: keepLease({ store, clock, key, id, guard, askedAt }) };
}

interface Term {
  /** Monotonic milliseconds. Counted from before the store was asked, so never later than the store's own. */
  until: number;
}

interface Kept extends Pick<ClusterLease, 'guard' | 'key'> {
  readonly store: Store;
  readonly clock: Clock;
  readonly id: LeaseId;
  readonly askedAt: number;
}

function keepLease({ store, clock, guard, key, id, askedAt }: Kept): ClusterLease {
  const lost = new AbortController();
  const released = new AbortController();
  const over = AbortSignal.any([lost.signal, released.signal]);
  const term: Term = { until: askedAt + ttlMs };
  const lose = (why: string): void => lost.abort(new Fault('lease-lost', why));

  async function watchTime(): Promise<void> {
    while (!over.aborted) {
      await clock.sleep(Math.max(0, term.until - clock.monotonic()), over).catch(() => undefined);
      if (!over.aborted && clock.monotonic() >= term.until)
        lose('the lease on the cluster could not be renewed');
    }
  }

  async function renew(): Promise<void> {
    while (!over.aborted) {
      await clock.sleep(renewMs, over).catch(() => undefined);
      if (over.aborted) return;
      const asked = clock.monotonic();
      try {
        if (await store.keepAlive(id)) term.until = Math.max(term.until, asked + ttlMs);
        else lose('the lease on the cluster has ended');
      } catch {
        // A store that cannot be written does not end the lease before its time.
      }
    }
  }

  void watchTime();
  void renew();
  return {
    guard,
    key,
    lost: lost.signal,
    assertHeld: () => {
      if (!over.aborted && clock.monotonic() >= term.until)
        lose('the time of the lease on the cluster is over');
      lost.signal.throwIfAborted();
    },
    release: async () => {
      released.abort();
      await store.revokeLease(id).catch(() => undefined);
    },
  };
}
