/** What the procedures here ask of one connection to a Redis or Valkey server. */
import type { Call } from '../../core/clock.ts';

/** Integers above 2^53 do not occur in what is asked here. */
export type Reply = string | number | null | readonly Reply[];

export type Command = readonly [name: string, ...args: (string | number)[]];

export interface RespConnection {
  readonly open: boolean;
  /** It ended while a command was under way: the server may still carry that out. */
  readonly unanswered: boolean;
  /** The server's number for it, to be named in CLIENT KILL. */
  readonly id: number;
  /** The IP address at the other end. */
  readonly remoteHost: string | undefined;
  /**
   * All in one round trip, carried out one after the other; `what` says in errors what they were for. Throws the first
   * error that the server answered, once all have been answered.
   */
  send(what: string, commands: readonly Command[], call: Call): Promise<readonly Reply[]>;
  /** Told once when it ends otherwise than by its own side: the server is gone, or has ended it. */
  onEnd(listener: () => void): void;
  close(): void;
}

export type OpenRespConnection = (call: Call) => Promise<RespConnection>;
