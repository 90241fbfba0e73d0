/** One simulated run: a cluster, a switchover of it, and what goes wrong when. Plain data, so that it can be printed. */

/** Who is meant, whatever its name: the old primary, the server that is to take over, one of the others. */
export type Role = 'primary' | 'candidate' | 'sibling';

export type Trouble =
  | {
      readonly kind: 'kill';
      readonly role: Role;
      readonly forMs: number;
      readonly comesBack: 'as-before' | 'writable' | 'read-only';
    }
  | { readonly kind: 'hang'; readonly role: Role; readonly forMs: number }
  /** Between the controllers and one server. */
  | { readonly kind: 'cut-off'; readonly role: Role; readonly forMs: number }
  /** Between two servers: replication stalls. */
  | { readonly kind: 'cut-replication'; readonly from: Role; readonly to: Role; readonly forMs: number }
  /** The controllers' next statement that matches is carried out, and the connection breaks before the answer. */
  | { readonly kind: 'lose-answer'; readonly role: Role; readonly statement: string }
  /** All connections of the controllers to a server break, the one that a freeze's lock hangs on too. */
  | { readonly kind: 'break-connections'; readonly role: Role }
  | { readonly kind: 'crash'; readonly restartMs: number }
  /** The controller stands still, and another one starts meanwhile. */
  | { readonly kind: 'pause'; readonly forMs: number; readonly rivalMs: number }
  /** The controller cannot reach the store, and another one that can starts meanwhile. */
  | { readonly kind: 'store-cut-off'; readonly forMs: number; readonly rivalMs: number }
  | { readonly kind: 'store-unwritable'; readonly forMs: number }
  /** The commit is made, and the store says it is not to be reached. */
  | { readonly kind: 'store-answer-lost' }
  | { readonly kind: 'route-down'; readonly forMs: number };

/**
 * `step` is the beginning of a step's id. `commit`: when the entry that the step begins is on its way to the store
 * (a crash comes before it is written); `started`: as soon as it is written; `done`: as soon as its end is.
 */
export type Moment =
  | { readonly atMs: number }
  | { readonly step: string; readonly when: 'commit' | 'started' | 'done'; readonly thenMs?: number }
  /** The n-th commit to the journal. */
  | { readonly commit: number; readonly when: 'commit' | 'started' };

export interface PlannedTrouble {
  readonly moment: Moment;
  readonly trouble: Trouble;
}

export interface Scenario {
  readonly seed: number;
  readonly engine: 'mariadb' | 'mysql';
  readonly siblings: number;
  readonly writers: number;
  readonly privilegedWriters: number;
  readonly route: boolean;
  readonly hook?: 'succeeds' | 'vetoes' | 'hangs';
  /** Milliseconds that a replica takes to apply a batch. */
  readonly applies: readonly [number, number];
  readonly troubles: readonly PlannedTrouble[];
  /** What was sent before a cut still arrives after it, also when its sender has long closed the connection. */
  readonly lateStatements?: boolean;
}

export const quietScenario: Scenario = {
  seed: 1,
  engine: 'mariadb',
  siblings: 2,
  writers: 2,
  privilegedWriters: 0,
  route: true,
  applies: [0.2, 2],
  troubles: [],
};

export function describeTrouble({ moment, trouble }: PlannedTrouble): string {
  const { kind, ...rest } = trouble;
  return `${kind} ${JSON.stringify(rest)} at ${JSON.stringify(moment)}`;
}
