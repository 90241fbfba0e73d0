/**
 * The connections to one server. `look` is held for probing and `pulse` for the pulse that must not wait behind a probe;
 * an operation adds `work`. Theirs is told from all other sessions by its name.
 */
import type { Call } from '../../core/clock.ts';
import type { Address } from '../../core/identity.ts';
import type { Command, OpenRespConnection, Reply, RespConnection } from './resp-connection.ts';
import { replyCode } from './resp-errors.ts';

export type Slot = 'look' | 'pulse' | 'work';

/** Those that are held while nothing is done to the server: their end is news of it. */
const watching: ReadonlySet<Slot> = new Set(['look', 'pulse']);

/** All sessions of Dauphin have a name that begins so; operations' have `workName`. */
export const ownName = 'dauphin';
export const workName = `${ownName}-work`;

export class RespSessions {
  readonly address: Address;
  readonly #connection: (name: string) => OpenRespConnection;
  readonly #open = new Map<Slot, RespConnection>();
  readonly #opening = new Map<Slot, Promise<RespConnection>>();
  /** Ended while the server may still carry out what they were sent. */
  readonly #abandoned = new Set<number>();
  readonly #listeners = new Set<() => void>();
  #closed = false;

  constructor(address: Address, connection: (name: string) => OpenRespConnection) {
    this.address = address;
    this.#connection = connection;
  }

  /** The session in a slot, opened when there is none or it has ended. */
  async get(slot: Slot, call: Call): Promise<RespConnection> {
    const held = this.#open.get(slot);
    if (held?.open) return held;
    const already = this.#opening.get(slot);
    if (already) return already;
    const opening = this.#connect(slot, call).finally(() => this.#opening.delete(slot));
    this.#opening.set(slot, opening);
    return opening;
  }

  async send(slot: Slot, what: string, commands: readonly Command[], call: Call): Promise<readonly Reply[]> {
    const session = await this.get(slot, call);
    return session.send(what, commands, call);
  }

  ids(): readonly number[] {
    return [...this.#open.values()].filter(({ open }) => open).map(({ id }) => id);
  }

  close(...slots: readonly Slot[]): void {
    for (const slot of slots) {
      const session = this.#open.get(slot);
      session?.close();
      this.#note(session);
      this.#open.delete(slot);
    }
  }

  closeAll(): void {
    this.#closed = true;
    this.close('look', 'pulse', 'work');
  }

  /** Told whenever a session that is held for watching ends by itself. Returns what stops that. */
  onLost(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #note(session: RespConnection | undefined): void {
    if (session?.unanswered) this.#abandoned.add(session.id);
  }

  async #connect(slot: Slot, call: Call): Promise<RespConnection> {
    for (const each of this.#open.values()) this.#note(each);
    const session = await this.#connection(watching.has(slot) ? `${ownName}-${slot}` : workName)(call);
    try {
      if (slot === 'work') await this.#endAbandoned(session, call);
    } catch (thrown) {
      session.close();
      throw thrown;
    }
    if (this.#closed) session.close();
    else this.#open.set(slot, session);
    if (watching.has(slot)) {
      session.onEnd(() => {
        for (const listener of this.#listeners) listener();
      });
    }
    return session;
  }

  /**
   * A command whose answer was not waited for may reach the server late, over the old connection, and undo what is done
   * over the new one. With its session ended there it has no effect any more. Numbers are never given twice by a process.
   */
  async #endAbandoned(session: RespConnection, call: Call): Promise<void> {
    for (const id of [...this.#abandoned]) {
      try {
        await session.send('end an abandoned session', [['CLIENT', 'KILL', 'ID', id]], call);
      } catch (thrown) {
        if (replyCode(thrown) !== 'ERR') throw thrown;
      }
      this.#abandoned.delete(id);
    }
  }
}
