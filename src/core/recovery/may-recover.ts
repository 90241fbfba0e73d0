/**
 * Whether a failover may go on without a person. A table: every row that applies refuses. Anti-flapping, downtime and
 * acknowledgement are Orchestrator's; the brake is for failures with one common cause, in which each failover may
 * make it worse.
 */
import type { FailoverPolicy } from '../policy.ts';
import type { Refusal, RefusalCode } from '../switchover-request.ts';

export interface RecoveryLimits {
  /** Failovers under way at once, over all clusters. */
  readonly atOnce: number;
  /** So many failovers within this time look like one common cause. */
  readonly brake: { readonly failovers: number; readonly withinMs: number };
}

export interface RecoveryFacts {
  readonly policy: FailoverPolicy;
  readonly limits: RecoveryLimits;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly primary: string;
  readonly downtimed: boolean;
  readonly maintenance?: { readonly until: number; readonly reason: string };
  /** When the last failover of this cluster that succeeded ended. */
  readonly lastFailoverAt?: number;
  /** When a person last acknowledged what happened to this cluster. */
  readonly acknowledgedAt?: number;
  /** Of all clusters. */
  readonly running: number;
  /** When failovers of any cluster began, within the brake's time. */
  readonly recent: number;
}

interface Row {
  readonly code: RefusalCode;
  refuse(facts: RecoveryFacts): readonly [fact: string, needs: string] | undefined;
}

const byHand = 'dauphin failover, by a person';
const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`;

export const recoveryTable: readonly Row[] = [
  {
    code: 'failover-off',
    refuse: ({ policy }) =>
      policy.mode === 'manual'
        ? ['failover.mode is manual', `${byHand}, or failover.mode: automatic`]
        : undefined,
  },
  {
    code: 'observe-only',
    refuse: ({ policy }) =>
      policy.mode === 'observe'
        ? ['failover.mode is observe', `${byHand}, or failover.mode: automatic`]
        : undefined,
  },
  {
    code: 'in-downtime',
    refuse: ({ downtimed, primary }) =>
      downtimed ? [`${primary} is in downtime`, `its end, or ${byHand}`] : undefined,
  },
  {
    code: 'in-maintenance',
    refuse: ({ maintenance, now }) =>
      maintenance && maintenance.until > now
        ? [
            `the cluster is in maintenance for ${seconds(maintenance.until - now)} more: ${maintenance.reason}`,
            `its end, or ${byHand}`,
          ]
        : undefined,
  },
  {
    code: 'too-soon',
    refuse: ({ lastFailoverAt, acknowledgedAt, now, policy }) => {
      if (lastFailoverAt === undefined || (acknowledgedAt ?? 0) >= lastFailoverAt) return undefined;
      const ago = now - lastFailoverAt;
      return ago < policy.quietMs
        ? [
            `its last failover was ${seconds(ago)} ago and nobody has acknowledged it`,
            `dauphin acknowledge, ${seconds(policy.quietMs - ago)} of waiting, or ${byHand}`,
          ]
        : undefined;
    },
  },
  {
    code: 'too-many-failovers',
    refuse: ({ running, recent, limits }) => {
      if (running >= limits.atOnce) {
        return [
          `${running} failovers are under way, at most ${limits.atOnce} may be (recovery.atOnce)`,
          'the end of one',
        ];
      }
      const { failovers, withinMs } = limits.brake;
      return recent >= failovers
        ? [
            `${recent} failovers within ${seconds(withinMs)} look like one common cause (recovery.brake)`,
            `that understood, and ${byHand}`,
          ]
        : undefined;
    },
  },
];

export function recoveryRefusals(facts: RecoveryFacts): readonly Refusal[] {
  return recoveryTable.flatMap(({ code, refuse }) => {
    const refused = refuse(facts);
    return refused ? [{ code, fact: refused[0], needs: refused[1] }] : [];
  });
}
