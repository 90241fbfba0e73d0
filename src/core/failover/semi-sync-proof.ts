/**
 * Whether semi-synchronous replication proves that survivors hold every acknowledged commit. The wait point does not
 * matter for that: with AFTER_COMMIT others may have read what no replica has, but nobody was told that it is committed.
 * Source: MySQL 8.4 Reference Manual, "Semisynchronous Replication"; MariaDB Knowledge Base, same title.
 */
import type { SemiSync } from '../observation.ts';
import type { LossLimits } from '../plan.ts';
import type { Node } from '../topology.ts';
import { counted, listing } from '../wording.ts';

export type SemiSyncProof =
  | { readonly ok: true; readonly provenBy: NonNullable<LossLimits['provenBy']> }
  /** `because` is absent where it was not on at all. */
  | { readonly ok: false; readonly because?: string };

/** A semi-synchronous time-out this long is taken for never: an hour. */
const neverMs = 3_600_000;

interface Flaw {
  readonly id: string;
  when(now: SemiSync, before: SemiSync | undefined): boolean;
  readonly because: string;
}

/** Any of these and it proves nothing. */
const flaws: readonly Flaw[] = [
  {
    id: 'inactive',
    when: ({ sourceActive }) => !sourceActive,
    because: 'it had stopped waiting for them when it was last seen',
  },
  {
    id: 'time-out',
    when: ({ timeoutMs }) => timeoutMs < neverMs,
    because: 'it waits no longer than its time-out, which is under an hour',
  },
  {
    id: 'waits-not-alone',
    when: ({ waitsWithoutReplicas }) => !waitsWithoutReplicas,
    because: 'it does not wait when its replicas are gone (wait_no_slave, wait_no_replica)',
  },
  {
    id: 'unacknowledged',
    // The counter begins anew with the server.
    when: ({ unacknowledged }, before) => before !== undefined && unacknowledged > before.unacknowledged,
    because: 'it acknowledged commits that no replica had, shortly before it was last seen',
  },
];

/**
 * Whether it may be one of those that the primary counted at last: it was connected, and since then none has come to
 * the primary. One whose connection broke is counted until the primary sends it something.
 */
function wasCounted({ acknowledging }: Node, { seen, noneCameSince }: Node): boolean {
  const at = seen?.observedAt ?? 0;
  const runs = acknowledging === undefined ? [] : [acknowledging, acknowledging.earlier];
  return runs.some(
    (run) => run !== undefined && run.since <= at && (run.until ?? Infinity) > (noneCameSince ?? at),
  );
}

/**
 * With N replicas that acknowledge and K acknowledgements for each commit, any N - K + 1 of them hold every
 * acknowledged commit between them. What was so when the primary was last seen is taken to have stayed so: nothing but
 * a person's hand can have changed it since.
 */
export function proofBySemiSync(dead: Node, replicas: readonly Node[]): SemiSyncProof {
  const now = dead.seen?.semiSync;
  if (!now?.sourceEnabled) return { ok: false };
  const flaw = flaws.find(({ when }) => when(now, dead.previous?.semiSync));
  if (flaw) return { ok: false, because: flaw.because };
  const acknowledging = replicas.filter((node) => node.seen?.semiSync.replicaEnabled);
  const known = acknowledging.filter((node) => wasCounted(node, dead)).length;
  // One that was connected and that nobody knows may be the one that acknowledged.
  const all = acknowledging.length + Math.max(0, now.connectedReplicas - known);
  const names = listing(acknowledging.map(({ name }) => name));
  return {
    ok: true,
    provenBy: {
      survivors: Math.max(1, all - now.requiredAcks + 1),
      among: acknowledging.map(({ name }) => ({ step: `gather:${name}` })),
      because: `every commit waited for ${counted(now.requiredAcks, 'acknowledgement')} of ${names}`,
    },
  };
}
