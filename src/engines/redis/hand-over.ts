/** What a hand-over does to one Redis server: freeze, demote, promote, thaw. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { EngineContext } from '../../core/engine.ts';
import { type Address, formatAddress } from '../../core/identity.ts';
import type { Position } from '../../core/positions.ts';
import { parseInfo } from '../resp/info.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';
import { ownName, type RespSessions, workName } from '../resp/resp-sessions.ts';
import { clientsOf } from './client-list.ts';
import { fencing, isFenced, lifting, type ReplicaDemand, readDemand } from './fence-setting.ts';
import { sourceSettings } from './following.ts';
import { readSettings } from './look.ts';
import { isReplica, positionOf } from './replication-info.ts';

/** Writers that a dead controller has left waiting go on after this, by the server's own clock. */
const pauseMs = 5000;
/** A promotion that is sent by then takes effect before it. */
const marginMs = 500;

const demandCommands: readonly Command[] = [
  ['CONFIG', 'GET', 'min-replicas-to-write'],
  ['CONFIG', 'GET', 'min-replicas-max-lag'],
];

/** What a hand-over uses and a look does not. */
const needed: readonly Command[] = [
  ['CLIENT', 'PAUSE', 1, 'WRITE'],
  ['CLIENT', 'UNPAUSE'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'ID', 1],
  ['REPLICAOF', 'NO', 'ONE'],
  ['CONFIG', 'SET', 'min-replicas-to-write', 0],
  ['CONFIG', 'REWRITE'],
];

export const infoText = (reply: Reply | undefined): string => (typeof reply === 'string' ? reply : '');

export class HandOver {
  readonly #sessions: RespSessions;
  readonly #context: EngineContext;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #demoted = false;
  #demand: ReplicaDemand = { replicas: 0, maxLag: 0 };

  constructor(sessions: RespSessions, context: EngineContext) {
    this.#sessions = sessions;
    this.#context = context;
  }

  /** Also learns what the promotion has to know. Throws `access-denied` where a later command would be. */
  async prepare(call: Call): Promise<void> {
    const [demand] = await Promise.all([this.demand(call), this.#expectAllowed(call)]);
    this.#demand = demand;
  }

  /** ACL DRYRUN came with 7.0, and an account need not be allowed to ask: then the command itself will tell. */
  async #expectAllowed(call: Call): Promise<void> {
    const { address } = this.#sessions;
    const { user } = this.#context.admin;
    const asked = needed.map((command): Command => ['ACL', 'DRYRUN', user || 'default', ...command]);
    const answers = await this.#send('ask what is allowed', asked, call).catch((thrown: unknown) => {
      if (thrown instanceof Fault && ['statement-failed', 'access-denied'].includes(thrown.code)) return [];
      throw thrown;
    });
    const denied = answers.filter((answer) => typeof answer === 'string' && answer !== 'OK');
    if (denied.length > 0)
      throw new Fault('access-denied', `${formatAddress(address)}: ${denied.map(infoText).join('; ')}`);
  }

  async demand(call: Call): Promise<ReplicaDemand> {
    return readDemand(readSettings(await this.#send('read settings', demandCommands, call)));
  }

  /**
   * Writers wait at the server, and no key expires: CLIENT PAUSE WRITE, of 6.2 and later. On a server that follows by now,
   * nobody writes, and this only says where it is.
   */
  async freeze(call: Call): Promise<Position> {
    const began = this.#context.clock.monotonic();
    const pause: Command = ['CLIENT', 'PAUSE', pauseMs, 'WRITE'];
    const [, replication] = await this.#send('freeze', [pause, ['INFO', 'replication']], call);
    this.#pausedUntil = began + pauseMs - marginMs;
    this.#demoted = false;
    return positionOf(parseInfo(infoText(replication)));
  }

  holdsFreeze(): boolean {
    return this.#demoted || this.#context.clock.monotonic() < this.#pausedUntil;
  }

  async demote(under: Address, call: Call): Promise<Position> {
    if (!this.holdsFreeze()) {
      const fact = `${formatAddress(this.#sessions.address)}: its pause of writes may have ended by itself`;
      throw new Fault('verification-failed', fact);
    }
    const commands: readonly Command[] = [
      ...sourceSettings(this.#context.replication),
      ['MULTI'],
      ['REPLICAOF', under.host, under.port],
      // A replica refuses before it lets a write wait: a client that wrote in between would be told READONLY.
      ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'],
      ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
      ['EXEC'],
      ['INFO', 'replication'],
    ];
    const replies = await this.#send('demote', commands, call);
    const info = parseInfo(infoText(replies.at(-1)));
    // What fails within EXEC does not fail EXEC.
    if (!isReplica(info)) {
      const fact = `${formatAddress(this.#sessions.address)}: it does not follow ${formatAddress(under)}`;
      throw new Fault('statement-failed', fact);
    }
    this.#demoted = true;
    return positionOf(info);
  }

  async promote(call: Call): Promise<void> {
    await this.#send('promote', [['REPLICAOF', 'NO', 'ONE'], ...lifting(this.#demand)], call);
  }

  async thaw(call: Call): Promise<void> {
    await this.takeOver(call);
    const lift = lifting(await this.demand(call));
    await this.#send('thaw', [['REPLICAOF', 'NO', 'ONE'], ...lift, ['CLIENT', 'UNPAUSE']], call);
    this.#pausedUntil = Number.NEGATIVE_INFINITY;
    this.#demoted = false;
  }

  /** Ends what operations, also those of other controllers, have left under way here. */
  async takeOver(call: Call): Promise<void> {
    await this.#end(({ name }) => name === workName, call);
  }

  /**
   * Clients that wait, or still take it for the primary, are ended: most only look for the new one then. From then on it
   * would also come back as a replica; before the promotion nobody waits for that.
   */
  async endWriters(call: Call): Promise<number> {
    const ended = await this.#end(({ name, kind }) => kind === 'client' && !name.startsWith(ownName), call);
    await this.#send('end the pause', [['CLIENT', 'UNPAUSE']], call);
    this.#pausedUntil = Number.NEGATIVE_INFINITY;
    await this.keepRole(call);
    return ended;
  }

  /**
   * A primary is one after a restart, too. One that was started again before that was on its disk follows its former
   * source once more: it is taken back from there only with its data.
   */
  async retireSource(call: Call): Promise<void> {
    const look: readonly Command[] = [['ROLE'], ['DBSIZE']];
    const [role, keys] = await this.#send('look at its role', look, call);
    if (Array.isArray(role) && role[0] !== 'master') {
      if (keys === 0) {
        const where = formatAddress(this.#sessions.address);
        const fact = `${where}: it was started again, has no data any more and follows its former source`;
        throw new Fault('verification-failed', fact);
      }
      await this.promote(call);
    }
    const unkept = await this.keepRole(call);
    if (unkept !== undefined) throw unkept;
  }

  /** A replica refuses writes by itself; a primary is made to demand replicas that nobody has. */
  async makeReadOnly(call: Call): Promise<void> {
    const [role] = await this.#send('read the role', [['ROLE']], call);
    const isReplica = Array.isArray(role) && role[0] === 'slave';
    const commands = isReplica
      ? [['CONFIG', 'SET', 'replica-read-only', 'yes'] as const]
      : fencing(await this.demand(call));
    if (commands.length > 0) await this.#send('make read-only', commands, call);
  }

  /** Once it follows, its demand is for the day it is a primary again. */
  async liftFence(call: Call): Promise<void> {
    const demand = await this.demand(call);
    if (isFenced(demand)) await this.#send('lift the fence', lifting(demand), call);
  }

  /**
   * So that a restart does not bring the former role back; a server without a configuration file has none to bring.
   * Returns the server's own refusal: its file may be somebody else's to write.
   */
  async keepRole(call: Call): Promise<Fault | undefined> {
    try {
      await this.#send('write the configuration', [['CONFIG', 'REWRITE']], call);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code !== 'statement-failed') throw thrown;
      return /without a config file/.test(thrown.message) ? undefined : thrown;
    }
  }

  async #end(which: (client: ReturnType<typeof clientsOf>[number]) => boolean, call: Call): Promise<number> {
    const [list] = await this.#send('list clients', [['CLIENT', 'LIST']], call);
    const own = new Set(this.#sessions.ids());
    const others = clientsOf(infoText(list)).filter((client) => !own.has(client.id) && which(client));
    if (others.length === 0) return 0;
    // One that has gone by itself answers 0, in this form of the command.
    const kills = others.map(({ id }): Command => ['CLIENT', 'KILL', 'ID', id, 'SKIPME', 'yes']);
    const killed = await this.#send('end clients', kills, call);
    return killed.reduce<number>((sum, reply) => sum + Number(reply), 0);
  }

  #send(what: string, commands: readonly Command[], call: Call): Promise<readonly Reply[]> {
    return this.#sessions.send('work', what, commands, call);
  }
}
