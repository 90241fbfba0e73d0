/**
 * The host port: what Dauphin asks of the agent on a database host. Without an agent every caller goes on and
 * says which guarantee is missing.
 */
import type { Call } from './clock.ts';
import type { Address } from './identity.ts';
import type { EngineKind } from './observation.ts';
import type { OrderStamp } from './order-stamp.ts';
import type { Position } from './positions.ts';

/** What the agent sees of its own server. */
export interface HostState {
  /** `frozen`: the process is there and stopped (SIGSTOP); `answers`: it serves on its own socket. */
  readonly server: 'answers' | 'silent' | 'frozen' | 'gone';
  /** `stuck`: a small write beside the data did not reach the disk in time. */
  readonly disk: 'writes' | 'stuck';
  /** It is kept down by a fence. */
  readonly fenced: boolean;
  /** A start by itself comes up read-only. */
  readonly startsReadOnly: boolean;
  /** The agent has the means to make it so: it will, with a fence. */
  readonly canStartReadOnly: boolean;
  /** How long the host has been up, milliseconds: what was not on its disk when it went down is gone. */
  readonly upMs: number;
}

export interface UnfenceRequest {
  readonly start: 'as-before' | 'read-only' | 'no';
  /** Absent in nobody's name. */
  readonly order?: OrderStamp;
}

export interface Fenced {
  /** `killed`: its process was ended; `was-gone`: there was none. Either way it is kept from starting. */
  readonly how: 'killed' | 'was-gone';
}

/** What a dead server's log holds beyond a position. */
export interface Tail {
  readonly transactions: number;
  /** The transactions in the engine's notation; empty when there are none. */
  readonly names: string;
  /** Everything up to the end of the tail; `after` when it is empty. */
  readonly upTo: Position;
  /** The log ends within a transaction, which was never acknowledged and is left out. */
  readonly truncated: boolean;
  readonly bytes: number;
  /** Statements in the engine's own tool's form, for `ServerLink.applyLog`; to be read once. */
  readonly statements: AsyncIterable<string>;
}

export interface TailRequest {
  /** Everything in here is not wanted. */
  readonly after: Position;
}

/** What a server's log holds beyond what another one has. */
export interface Surplus {
  readonly transactions: number;
  /** In the engine's notation; empty when there are none. */
  readonly names: string;
  /** Everything up to the end of the log. */
  readonly upTo: Position;
  /** When the newest of them was written, by that host's clock; epoch milliseconds, whole seconds. */
  readonly newestAt?: number;
  /** Of which rows were changed: `schema.table`. */
  readonly tables: readonly string[];
  /** Why it cannot be taken back change by change; absent when it can. */
  readonly irreversible?: string;
  /** To be read once. */
  readonly statements: AsyncIterable<string>;
}

export interface SurplusRequest {
  /** Everything in here is not surplus. */
  readonly after: Position;
  /**
   * `readable`: as it was written, for people, with the rows as comments; the engine's client can replay it.
   * `reversed`: the changes that take it back, newest first.
   */
  readonly form: 'readable' | 'reversed';
}

/** Each verb is safe to repeat. Throws Faults: `agent-unreachable`, `salvage-impossible`, `deadline-exceeded`. */
export interface HostAgent {
  readonly address: Address;
  state(call: Call): Promise<HostState>;
  /**
   * The server serves nobody when this returns, and does not come back until `unfence`: its process is gone, or was killed
   * and waits for a stuck disk, and for nothing else, to be gone. Throws `refused` when a later order has lifted a fence: a
   * request that was given up may still arrive.
   */
  fence(call: Call, order?: OrderStamp): Promise<Fenced>;
  /**
   * Lifts the fence; the server is started as it was before when `start` says so. Throws `refused` when a later order has
   * fenced, or has lifted a fence.
   */
  unfence(request: UnfenceRequest, call: Call): Promise<void>;
  /** Reads the log of a server that is down. */
  readTail(request: TailRequest, call: Call): Promise<Tail>;
  /** Reads the log of a server that takes no writes, be it up or down. */
  readSurplus(request: SurplusRequest, call: Call): Promise<Surplus>;
  /** Absent where no data is kept that could be copied: in the simulator. */
  readonly copies?: HostCopies;
  /** Absent where no data is kept: in the simulator. */
  readonly data?: HostData;
  /** Absent where no address can be moved: in the simulator. */
  readonly addresses?: HostAddresses;
}

/** An address that moves with the primary: IPv4 with the length of its network's prefix, `10.0.0.50/24`. */
export interface MovingAddress {
  readonly address: string;
  /** Without it, the one that has an address in the same network. */
  readonly interface?: string;
}

/**
 * Each is safe to repeat. Throws `config-invalid` for an address that the host's own agent was not told of, and for what
 * the agent may not do there; `route-refused` where the address must not be claimed.
 */
export interface HostAddresses {
  look(asked: MovingAddress, call: Call): Promise<{ readonly held: boolean }>;
  /** Others in the network know it when this returns. Refused while another host answers for it, and under a fence. */
  claim(asked: MovingAddress, call: Call): Promise<void>;
  /** Connections to it are ended. */
  drop(asked: MovingAddress, call: Call): Promise<void>;
}

/** Copies of a server by its engine's own backup tool. Throws `bad-request` on engines that have none. */
export interface HostCopies {
  /** A copy of this host's server, which goes on serving. To be read once. */
  give(account: ServerAccount, call: Call): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Replaces the data of this host's server, which is fenced when it returns. The server serves, and its data stays, until
   * the copy is whole and prepared; then its data is kept aside. What an earlier copy has left there goes before the first
   * byte, to make room: an earlier try, an unproven copy, and old data whose copy was proven.
   */
  take(copy: AsyncIterable<Uint8Array>, call: Call): Promise<TakenCopy>;
}

/** The server's data on its host's disk. */
export interface HostData {
  room(call: Call): Promise<HostRoom>;
  /** The copy that was taken last, until it is proven. */
  unproven(call: Call): Promise<UnprovenCopy>;
  /**
   * The copy that was taken last is proven: the old data that it replaced is left aside until the next one is taken, or
   * is no longer old data when this returns and its room is given back soon after.
   */
  settle(asked: { readonly keepOldData: boolean }, call: Call): Promise<OldData>;
}

export interface UnprovenCopy {
  /** What it held when it was taken; absent when there is none. */
  readonly position?: Position;
}

/** Bytes. */
export interface HostRoom {
  readonly free: number;
  /** Of data that lies aside and goes when a copy is taken. */
  readonly spare: number;
}

export interface OldData {
  readonly folder: string;
  /** 0 when there is none. */
  readonly bytes: number;
}

export interface ServerAccount {
  readonly user: string;
  readonly password: string;
}

export interface TakenCopy {
  /** What the copy holds. */
  readonly position: Position;
  /** Where the old data lies, on that host. */
  readonly oldData: string;
}

/** How an engine's own backup tool copies its server. */
export interface HostBackup {
  /** `scratch`: a folder of the agent's own. */
  take(
    from: { readonly scratch: string; readonly socket?: string; readonly address?: Address },
    account: ServerAccount,
    call: Call,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** The folder is ready to be started from when this returns. */
  unpack(folder: string, copy: AsyncIterable<Uint8Array>, call: Call): Promise<Position>;
}

/** Where the controller keeps what it salvaged, for the failover itself and for people afterwards. */
export interface SalvageShelf {
  /** Returns the name under which it lies; it is on the disk when this returns. An older one of that name is replaced. */
  keep(name: string, statements: AsyncIterable<string>, call: Call): Promise<string>;
  read(file: string): AsyncIterable<string>;
}

/** Where a server's log lies, and the engine's own program that reads it. */
export interface LogPlace {
  /** The file that lists the log's files. */
  readonly index: string;
  /** What relative names in the index start from. */
  readonly dataFolder: string;
  readonly tool: string;
}

/** What only the engine knows of a server's process and files, for the agent that lives beside them. */
export interface EngineHost {
  readonly kind: EngineKind;
  /** Names that the server's process may have. */
  readonly programs: readonly string[];
  /** What makes it speak to whoever connects; absent where it speaks first. */
  readonly ring?: string;
  /** The program that reads its log, as it is found in PATH. */
  readonly logTool: string;
  /** Makes a start come up read-only: as lines of a configuration file, and as arguments. */
  readonly readOnly: { readonly lines: readonly string[]; readonly args: readonly string[] };
  /** Only for a server that is down: a log that still grows has no end. Throws `salvage-impossible`, `bad-request`. */
  readTail(place: LogPlace, request: TailRequest, call: Call): Promise<Tail>;
  /** Absent where the engine copies servers by itself. */
  readonly backup?: HostBackup;
  /** The server takes no writes meanwhile. Throws `salvage-impossible`, `bad-request`. */
  readSurplus(place: LogPlace, request: SurplusRequest, call: Call): Promise<Surplus>;
}
