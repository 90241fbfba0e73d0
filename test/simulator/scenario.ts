/**
 * One simulated run: a cluster, a switchover of it or a dying primary, and what goes wrong when. Plain data, so that it
 * can be printed.
 */
import type { FailoverPolicy } from '../../src/core/policy.ts';
import type { SemiSyncSettings } from '../../src/simulator/semi-sync-model.ts';

/** Who is meant, whatever its name: the old primary, the server that is to take over, one of the others. */
export type Role = 'primary' | 'candidate' | 'sibling' | `db${number}`;

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
  /** The controllers' machine, with what its disk does not hold yet but for so many commits; not given: it is drawn. */
  | { readonly kind: 'machine-crash'; readonly restartMs: number; readonly survivors?: number }
  /** The controller stands still, and another one starts meanwhile. */
  | { readonly kind: 'pause'; readonly forMs: number; readonly rivalMs: number }
  /** The controller cannot reach the store, and another one that can starts meanwhile. */
  | { readonly kind: 'store-cut-off'; readonly forMs: number; readonly rivalMs: number }
  | { readonly kind: 'store-unwritable'; readonly forMs: number }
  /** The commit is made, and the store says it is not to be reached. */
  | { readonly kind: 'store-answer-lost' }
  | { readonly kind: 'route-down'; readonly forMs: number }
  | HostTrouble;

/** What a dying primary and its surroundings suffer; in failover scenarios only. */
export type HostTrouble =
  /** The machine: server and agent are gone without a word, and what was not on the disk. */
  | {
      readonly kind: 'host-crash';
      readonly role: Role;
      readonly forMs: number;
      /** The machine comes back, and nobody starts the server on it: its log lies there as the crash left it. */
      readonly stays?: 'down';
    }
  /** Controllers and servers do not reach the machine; clients do. */
  | { readonly kind: 'isolate'; readonly role: Role; readonly forMs: number }
  /** The primary and all its replicas, and nobody else. */
  | { readonly kind: 'cut-replicas'; readonly forMs: number }
  /** `to`: what the controllers send to the server is lost; `from`: what it answers. */
  | {
      readonly kind: 'one-way';
      readonly role: Role;
      readonly direction: 'to' | 'from';
      readonly forMs: number;
    }
  /** Between the controllers and a server: slow, and messages are lost. */
  | { readonly kind: 'weather'; readonly role: Role; readonly loss: number; readonly forMs: number }
  /** Commits wait, reads are answered. */
  | { readonly kind: 'disk-stall'; readonly role: Role; readonly forMs: number }
  | { readonly kind: 'agent-down'; readonly role: Role; readonly forMs: number }
  | { readonly kind: 'agent-hang'; readonly role: Role; readonly forMs: number }
  | { readonly kind: 'agent-cut-off'; readonly role: Role; readonly forMs: number }
  /** Somebody starts the server, which a fence should keep down. */
  | { readonly kind: 'start-server'; readonly role: Role }
  /** Somebody stops the applier, and does not start it again. */
  | { readonly kind: 'stop-applier'; readonly role: Role };

/**
 * `step` is the beginning of a step's id. `commit`: when the entry that the step begins is on its way to the store
 * (a crash comes before it is written); `started`: as soon as it is written; `done`: as soon as its end is.
 */
export type Moment =
  | { readonly atMs: number }
  | { readonly step: string; readonly when: 'commit' | 'started' | 'done'; readonly thenMs?: number }
  /** The n-th commit to the journal. */
  | { readonly commit: number; readonly when: 'commit' | 'started' };

/** A cluster in automatic mode. */
export interface FailoverTraits
  extends Pick<FailoverPolicy, 'durability' | 'maxLoss' | 'graceMs' | 'salvageMs' | 'rejoin'> {
  /** On every host, or on none. */
  readonly agents: boolean;
  /** On every server; undefined: asynchronous. */
  readonly semiSync?: SemiSyncSettings;
  /** Each commit is on the disk before it is acknowledged. */
  readonly durable: boolean;
  /** A switchover is asked for at the beginning. */
  readonly switchover: boolean;
}

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
  readonly failover?: FailoverTraits;
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

export const automatic: FailoverTraits = {
  durability: 'salvage',
  maxLoss: 0,
  graceMs: 0,
  salvageMs: 3000,
  rejoin: 'manual',
  agents: true,
  durable: true,
  switchover: false,
};

/** Nothing goes wrong. */
export const quietFailover: Scenario = { ...quietScenario, route: false, failover: automatic };

export function describeTrouble({ moment, trouble }: PlannedTrouble): string {
  const { kind, ...rest } = trouble;
  return `${kind} ${JSON.stringify(rest)} at ${JSON.stringify(moment)}`;
}
