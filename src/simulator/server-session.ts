/** One connection as the server knows it. */

/** `dauphin` is the controllers' account, privileged as the operator's scripts (`privileged`) are. */
export type SessionKind = 'client' | 'privileged' | 'dauphin';

export interface ServerSession {
  /** What KILL names. */
  readonly id: number;
  readonly kind: SessionKind;
  readonly from: string;
  /** The server ends it. */
  readonly onEnd: () => void;
  /** Its open writing transaction, by a name that no other has. */
  writing: string | undefined;
  /** A statement of it is changing rows right now: a freeze waits for that, not for the transaction. */
  busy: boolean;
  /** The statement that runs or waits; undefined when none does. */
  statement: string | undefined;
  /** It does an operation's work, and holds its locks. */
  operation: boolean;
  /** Changes that its open transaction takes back, by the name of what made them; undefined when it has none. */
  undoing: string[] | undefined;
  /** The mark that its open transaction leaves. */
  mark: string | undefined;
  ended: boolean;
}
