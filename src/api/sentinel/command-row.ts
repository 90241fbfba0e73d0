/** What a row of the command table is, and what a command may see and change. */
import type { Log } from '../../control/log.ts';
import type { Clock } from '../../core/clock.ts';
import type { Account } from './access.ts';
import type { Reply } from './reply.ts';
import type { Protocol } from './resp-writer.ts';
import type { SentinelView } from './sentinel-view.ts';
import type { Subscriptions } from './subscriptions.ts';

/** The face as a whole, the same for all clients. */
export interface Face {
  readonly view: SentinelView;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: everybody may speak. */
  readonly account?: Account;
  readonly port: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** How long a question for a primary waits while the role changes hands. */
  readonly lookupHoldMs: number;
  /** How long a failover that was asked for may take to begin. */
  readonly failoverAnswerMs: number;
  clients(): readonly Client[];
}

/** One connection. What is not readonly is changed by commands. */
export interface Client {
  readonly id: number;
  /** `host:port` of the other end. */
  readonly from: string;
  /** `host:port` of this one. */
  readonly at: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly face: Face;
  /** Ends with the connection. */
  readonly signal: AbortSignal;
  readonly subscriptions: Subscriptions;
  protocol: Protocol;
  /** As set by the client; empty until then. */
  name: string;
  /** As the client library says itself; empty where it does not. */
  library: string;
  user: string | undefined;
}

/** One reply, or several where one command has several answers (SUBSCRIBE). */
export type Answer = Reply | readonly Reply[];

export interface Row {
  /** In lower case. */
  readonly name: string;
  /** How many arguments it takes beside its own name. */
  readonly least: number;
  readonly most: number;
  /** It may be run before the password is said. */
  readonly open?: true;
  /** It may be run on a RESP2 connection that is subscribed. */
  readonly whileSubscribed?: true;
  /** The connection ends after its reply. */
  readonly ends?: true;
  run(client: Client, args: readonly string[]): Answer | Promise<Answer>;
}

export interface Container {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** As many arguments as anybody likes. */
export const ANY = Number.POSITIVE_INFINITY;
