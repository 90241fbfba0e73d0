/** The proof of a hand-over is a key: written to the new primary, and seen on the replicas. It goes after a day. */
import type { Call } from '../../core/clock.ts';
import type { HandOverRow } from '../../core/engine.ts';
import type { RespSessions } from '../resp/resp-sessions.ts';

const lifeSeconds = 86_400;

export class HandOverKey {
  readonly #sessions: RespSessions;
  readonly #key: string;

  constructor(sessions: RespSessions, schema: string) {
    this.#sessions = sessions;
    this.#key = `${schema}:hand-over`;
  }

  async write(row: HandOverRow, call: Call): Promise<void> {
    const write = ['SET', this.#key, JSON.stringify(row), 'EX', lifeSeconds] as const;
    await this.#sessions.send('work', 'write the hand-over key', [write], call);
  }

  async sees(operation: string, call: Call): Promise<boolean> {
    const [value] = await this.#sessions.send('work', 'read the hand-over key', [['GET', this.#key]], call);
    return typeof value === 'string' && value.includes(JSON.stringify(operation));
  }
}
