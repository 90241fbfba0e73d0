/** What the procedures here ask of one connection to a server, and how one is made. */
import type { Call } from '../../core/clock.ts';
import type { Row } from './rows.ts';

export interface SqlConnection {
  readonly open: boolean;
  /** The server's number for it, to be named in KILL. */
  readonly id: number;
  /** It ended while a statement was under way: the server may still carry that out. */
  readonly unanswered: boolean;
  /** The IP address at the other end. */
  readonly remoteHost: string | undefined;
  /** `what` says in errors what the statements were for. One result set a statement. */
  query(what: string, sql: string, call: Call): Promise<readonly (readonly Row[])[]>;
  /** Told once when it ends otherwise than by its own side: the server is gone, or has ended it. */
  onEnd(listener: () => void): void;
  close(): void;
}

/** `bytes`: each character of a statement is sent as one byte, whatever it means. */
export type OpenConnection = (call: Call, form?: 'text' | 'bytes') => Promise<SqlConnection>;
