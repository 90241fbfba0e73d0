/** What a test sees of a database server, whichever engine it is. */
import type { Address } from '../../src/core/identity.ts';
import type { SqlEngineKind } from '../../src/core/observation.ts';
import type { SqlRow } from './sql.ts';

export interface DatabaseServer extends AsyncDisposable {
  readonly name: string;
  readonly engine: SqlEngineKind;
  readonly version: string;
  readonly address: Address;
  readonly serverId: number;
  /** Its unix socket. */
  readonly socket: string;
  /** Holds its data (`data/`), error log and socket. */
  readonly folder: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  readonly running: boolean;
  /** What starts it, for an agent that is to start it again; it ends with whoever starts it. */
  readonly startCommand: { readonly command: string; readonly args: readonly string[] };
  /** An orderly shutdown. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: answers nothing, keeps its connections and its port. */
  pause(): Promise<void>;
  resume(): void;
  /** Stops it when it runs; the same data, address and arguments, and `extraArgs` for this time. */
  restart(extraArgs?: readonly string[]): Promise<void>;
  /** As the account `dauphin`; several statements are allowed, the rows of the last result set are given. */
  query(sql: string, deadlineMs?: number): Promise<readonly SqlRow[]>;
}

export interface StartServerOptions {
  /** The server makes a folder of its name in it. */
  readonly folder: string;
  readonly name: string;
  readonly host: string;
  readonly serverId: number;
  /** A free one when it is not given. */
  readonly port?: number;
  /** Every commit is on the disk before it is acknowledged. Default: it survives the server's death, not the machine's. */
  readonly durable?: boolean;
  /** Runs in this network namespace; only root can. */
  readonly namespace?: string;
  /** In place of the engine's own program. */
  readonly program?: string;
  /** More arguments of the server program; they win over the kit's own. */
  readonly args?: readonly string[];
}
