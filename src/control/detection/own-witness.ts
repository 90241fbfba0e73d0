/** What this controller tells another one of a server: what a fresh look of its own shows, and nothing else. */
import type { Call, Clock } from '../../core/clock.ts';
import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import type { Said } from '../../core/detection/testify.ts';
import type { ServerId } from '../../core/identity.ts';
import type { Member } from '../observation/member.ts';
import { askServer } from './witnesses.ts';

export interface OwnWitnessParts {
  readonly clock: Clock;
  /** A silence as long as this is one. */
  readonly answerMs: number;
  /** Ends every look. */
  readonly lifetime: AbortSignal;
}

/** One that left a question unanswered so lately is silent when it leaves the next one for `quietMs`. */
const freshMs = 5000;
const quietMs = 150;

const cannotTell = (fact: string): Said => ({ says: 'cannot-tell', fact });

export class OwnWitness {
  readonly #parts: OwnWitnessParts;
  /** When a question of this kind was left unanswered; monotonic milliseconds. */
  readonly #silentAt = new WeakMap<Member, number>();

  constructor(parts: OwnWitnessParts) {
    this.#parts = parts;
  }

  /** `member`: the one with this id, if it was ever seen. Never throws. */
  async look(id: ServerId, member: Member | undefined, call: Call): Promise<Said> {
    // One that it has never seen could be anybody's address.
    if (!member?.seen) return cannotTell('it has never seen this server');
    const { clock, lifetime } = this.#parts;
    try {
      const said = await withDeadline(clock, call, 'look', (stop) =>
        askServer(member, { stop, lifetime }, this.#patienceMs(member)),
      );
      if (!said) return cannotTell('it is being stopped');
      if (said.says === 'silent') this.#silentAt.set(member, clock.monotonic());
      return said.says === 'serves' && member.id !== id
        ? cannotTell('another server answers at its address')
        : said;
    } catch (thrown) {
      return cannotTell(thrown instanceof DeadlineExceeded ? thrown.message : 'it is being stopped');
    }
  }

  #patienceMs(member: Member): number {
    const { clock, answerMs } = this.#parts;
    const silentAt = this.#silentAt.get(member);
    const lately = silentAt !== undefined && clock.monotonic() - silentAt < freshMs;
    return lately ? Math.min(quietMs, answerMs) : answerMs;
  }
}
