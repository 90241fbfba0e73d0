/** How a Redis server follows another one, and how far it has come. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { Credentials, EngineContext, Followed, FollowRequest } from '../../core/engine.ts';
import { formatAddress, sameAddress } from '../../core/identity.ts';
import type { ChannelState } from '../../core/plan.ts';
import type { Position } from '../../core/positions.ts';
import { type Info, parseInfo } from '../resp/info.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';
import type { RespSessions, Slot } from '../resp/resp-sessions.ts';
import { isReplica, placeOf, positionOf, sourceOf } from './replication-info.ts';
import { streamPositions } from './stream-position.ts';

/** It is asked without a pause at first: writers wait for it. */
const eagerMs = 30;
const patientPauseMs = 5;
/** What a look at its own link may take on a busy machine. */
const lookMs = 100;

/** With what a server presents itself to a source; one that has followed before has it already. */
export function sourceSettings(account: Credentials | undefined): readonly Command[] {
  if (account === undefined || account.password === '') return [];
  const named: readonly Command[] =
    account.user === '' || account.user === 'default' ? [] : [['CONFIG', 'SET', 'masteruser', account.user]];
  return [...named, ['CONFIG', 'SET', 'masterauth', account.password]];
}

const textOf = (reply: Reply | undefined): string => (typeof reply === 'string' ? reply : '');

interface Link {
  readonly info: Info;
  /** ROLE's word for it: `connected`, `sync`. */
  readonly state: string;
}

export class Following {
  readonly #sessions: RespSessions;
  readonly #context: EngineContext;

  constructor(sessions: RespSessions, context: EngineContext) {
    this.#sessions = sessions;
    this.#context = context;
  }

  async position(call: Call, slot: Slot = 'work'): Promise<Position> {
    const [replication] = await this.#sessions.send(
      slot,
      'read the position',
      [['INFO', 'replication']],
      call,
    );
    return positionOf(parseInfo(textOf(replication)));
  }

  async awaitPosition(wanted: Position, call: Call): Promise<void> {
    const { clock } = this.#context;
    const left = countdown(clock, call);
    const began = clock.monotonic();
    for (;;) {
      const now = await this.position(left()).catch((thrown: unknown) => {
        throw thrown instanceof Fault && thrown.code === 'deadline-exceeded'
          ? this.#notReached(wanted, call)
          : thrown;
      });
      const order = streamPositions.compare(now, wanted);
      if (order === 'ahead' || order === 'equal') return;
      const spent = clock.monotonic() - began;
      if (spent >= call.deadlineMs) throw this.#notReached(wanted, call);
      if (spent > eagerMs) await clock.sleep(patientPauseMs, call.signal);
    }
  }

  #notReached(wanted: Position, { deadlineMs }: Call): Fault {
    const where = formatAddress(this.#sessions.address);
    const what = `${streamPositions.brief(wanted)} within ${Math.round(deadlineMs)} ms`;
    return new Fault('position-not-reached', `${where}: did not reach ${what}`);
  }

  /**
   * Returns once it is fed. What it has stays, and only what it lacks comes, where its source still has that: `how` says
   * whether it was so.
   */
  async follow({ source, settings }: FollowRequest, call: Call): Promise<Followed> {
    const { clock, replication } = this.#context;
    const left = countdown(clock, call);
    const before = await this.#link(left());
    const commands: readonly Command[] = [
      ...(settings.wasPrimary ? sourceSettings(replication) : []),
      ['REPLICAOF', source.host, source.port],
    ];
    await this.#sessions.send('work', 'follow', commands, left());
    let copied = false;
    for (;;) {
      const now = await this.#link(left());
      copied ||= now.state === 'sync';
      if (now.state === 'connected')
        return { how: wasCopied(before, now) || copied ? 'full copy' : 'partial resynchronisation' };
      // Another look would have no time left for its answer, and be given up with its connection.
      const over = left().deadlineMs < lookMs;
      if (copied && over) return { how: 'full copy, still under way' };
      if (over) {
        const where = formatAddress(this.#sessions.address);
        const fact = `${where}: its link to ${formatAddress(source)} is not up after ${Math.round(call.deadlineMs)} ms (${now.state})`;
        throw new Fault('replication-broken', fact);
      }
      await clock.sleep(patientPauseMs, call.signal);
    }
  }

  /** Puts it back under the source it followed, and waits for nobody. */
  async restore([channel]: readonly ChannelState[], call: Call): Promise<void> {
    if (!channel) return;
    const { info } = await this.#link(call);
    const source = sourceOf(info);
    if (source && sameAddress(source, channel.source)) return;
    const { host, port } = channel.source;
    await this.#sessions.send('work', 'follow as before', [['REPLICAOF', host, port]], call);
  }

  /** Its link ends, and it connects anew at once. */
  async renew(call: Call): Promise<void> {
    await this.#sessions.send('work', 'connect anew', [['CLIENT', 'KILL', 'TYPE', 'master']], call);
  }

  async #link(call: Call): Promise<Link> {
    const commands: readonly Command[] = [['INFO', 'replication'], ['ROLE']];
    const [replication, role] = await this.#sessions.send('work', 'look at its link', commands, call);
    const info = parseInfo(textOf(replication));
    const state = isReplica(info) && Array.isArray(role) ? textOf((role as readonly Reply[])[3]) : 'none';
    return { info, state };
  }
}

/** With what comes in part, the name of the stream it had is kept as the former one. */
function wasCopied(before: Link, now: Link): boolean {
  const { id } = placeOf(before.info);
  const place = placeOf(now.info);
  return place.id !== id && place.former?.id !== id;
}
