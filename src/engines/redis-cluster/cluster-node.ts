/**
 * One node of a Redis Cluster: what it says, and each thing that can be done to it. What is done is safe to repeat where
 * the server allows it: a node that is already as it is asked to be is left alone. Faults are those of `engines/resp`;
 * the server's own refusals are `statement-failed` with its words in the message.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { Address } from '../../core/identity.ts';
import { type ClusterNode, type ClusterView, type NodeId, selfIn } from '../../core/shards/cluster-view.ts';
import type { HandOverMode } from '../../core/shards/hand-over-facts.ts';
import { intersectSlots, minusSlots, type SlotSet, unionSlots } from '../../core/shards/slots.ts';
import { parseInfo } from '../resp/info.ts';
import type { Command, Reply } from '../resp/resp-connection.ts';
import type { RespSessions } from '../resp/resp-sessions.ts';
import { factCommands, type NodeFacts, readFacts, replicationFacts, textOf } from './node-facts.ts';
import { clusterView, viewOfNodes } from './nodes-text.ts';

export interface ClusterNodeParts {
  readonly sessions: RespSessions;
  readonly clock: Clock;
}

const failoverWords: Readonly<Record<HandOverMode, readonly string[]>> = {
  default: [],
  force: ['FORCE'],
  takeover: ['TAKEOVER'],
};

export class ClusterNodeLink {
  readonly #sessions: RespSessions;
  readonly #clock: Clock;

  constructor({ sessions, clock }: ClusterNodeParts) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  get address(): Address {
    return this.#sessions.address;
  }

  async view(call: Call): Promise<ClusterView> {
    const commands: readonly Command[] = [
      ['CLUSTER', 'NODES'],
      ['CLUSTER', 'INFO'],
    ];
    const [nodes, info] = await this.send('read the cluster', commands, call);
    const said = { nodes: textOf(nodes), info: textOf(info) };
    return clusterView({ askedAt: this.address, at: this.#clock.now(), ...said });
  }

  /** Cheaper than `view`, for who asks every few milliseconds: the epoch and state are those of `before`. */
  async glance(before: Pick<ClusterView, 'currentEpoch' | 'state'>, call: Call): Promise<ClusterView> {
    const [nodes] = await this.send('read the nodes', [['CLUSTER', 'NODES']], call);
    const { currentEpoch, state } = before;
    return viewOfNodes(textOf(nodes), { askedAt: this.address, at: this.#clock.now(), currentEpoch, state });
  }

  async id(call: Call): Promise<NodeId> {
    const [id] = await this.send('read its id', [['CLUSTER', 'MYID']], call);
    return textOf(id) as NodeId;
  }

  async facts(call: Call): Promise<NodeFacts> {
    return readFacts(await this.send('read its state', factCommands, call));
  }

  async replication(call: Call): Promise<Pick<NodeFacts, 'role' | 'offset' | 'replication'>> {
    const [info] = await this.send('read its replication', [['INFO', 'replication']], call);
    return replicationFacts(parseInfo(textOf(info)));
  }

  async replicationOffset(call: Call): Promise<number> {
    return (await this.replication(call)).offset;
  }

  /** Accepted, no more: they meet over the bus within about a second, or never, and it does not say which. */
  async meet({ host, port }: Address, busPort: number | undefined, call: Call): Promise<void> {
    await this.send(
      'meet a node',
      [['CLUSTER', 'MEET', host, port, ...(busPort === undefined ? [] : [busPort])]],
      call,
    );
  }

  /** For 60 s it does not let that node in again either, whatever others say of it. */
  async forget(id: NodeId, call: Call): Promise<void> {
    await this.#unless(/Unknown node/, 'forget a node', ['CLUSTER', 'FORGET', id], call);
  }

  /** Of a primary it asks that it has neither slots nor keys. */
  async replicate(source: NodeId, call: Call): Promise<void> {
    const left = countdown(this.#clock, call);
    const self = await this.#self(left());
    if (self.flags.includes('replica') && self.sourceId === source) return;
    await this.send('follow another primary', [['CLUSTER', 'REPLICATE', source]], left());
  }

  /** Those that it gives to nobody yet; refused when to it one of them is another's. */
  async addSlots(slots: SlotSet, call: Call): Promise<void> {
    const left = countdown(this.#clock, call);
    const missing = minusSlots(slots, (await this.#self(left())).slots);
    if (missing.length > 0) await this.send('take slots', [ranged('ADDSLOTSRANGE', missing)], left());
  }

  /** To it, nobody has them afterwards. */
  async delSlots(slots: SlotSet, call: Call): Promise<void> {
    const left = countdown(this.#clock, call);
    const { nodes } = await this.view(left());
    const given = intersectSlots(slots, unionSlots(...nodes.map((node) => node.slots)));
    if (given.length > 0) await this.send('let slots go', [ranged('DELSLOTSRANGE', given)], left());
  }

  async setSlotImporting(slot: number, from: NodeId, call: Call): Promise<void> {
    await this.send('import a slot', [['CLUSTER', 'SETSLOT', slot, 'IMPORTING', from]], call);
  }

  async setSlotMigrating(slot: number, to: NodeId, call: Call): Promise<void> {
    await this.send('migrate a slot', [['CLUSTER', 'SETSLOT', slot, 'MIGRATING', to]], call);
  }

  /** Refused while it holds keys of a slot that it is to give away. */
  async setSlotNode(slot: number, owner: NodeId, call: Call): Promise<void> {
    await this.send('give a slot', [['CLUSTER', 'SETSLOT', slot, 'NODE', owner]], call);
  }

  async setSlotStable(slot: number, call: Call): Promise<void> {
    await this.send('close a slot', [['CLUSTER', 'SETSLOT', slot, 'STABLE']], call);
  }

  /** Accepted, no more (redis.md §1.2); only a takeover has happened when this returns. Not safe to repeat. */
  async failover(mode: HandOverMode, call: Call): Promise<void> {
    await this.send(`fail over (${mode})`, [['CLUSTER', 'FAILOVER', ...failoverWords[mode]]], call);
  }

  /** Takes an epoch larger than all that it knows, without a vote, unless it has the largest already. Returns its own. */
  async bumpEpoch(call: Call): Promise<number> {
    const [reply] = await this.send('take a larger epoch', [['CLUSTER', 'BUMPEPOCH']], call);
    return Number(textOf(reply).split(' ')[1]);
  }

  /** Only for a node that knows no other. One that has an epoch keeps it. */
  async setConfigEpoch(epoch: number, call: Call): Promise<void> {
    const left = countdown(this.#clock, call);
    if ((await this.#self(left())).configEpoch > 0) return;
    await this.send('set its first epoch', [['CLUSTER', 'SET-CONFIG-EPOCH', epoch]], left());
  }

  /** `hard`: it also gets a new id, and forgets the epochs. Refused for a primary with keys; a replica loses its own. */
  async reset(how: 'soft' | 'hard', call: Call): Promise<void> {
    await this.send('leave the cluster', [['CLUSTER', 'RESET', how.toUpperCase()]], call);
  }

  /** As many numbers as `slots`. */
  async countKeysInSlots(slots: readonly number[], call: Call): Promise<readonly number[]> {
    const commands = slots.map((slot): Command => ['CLUSTER', 'COUNTKEYSINSLOT', slot]);
    return (await this.send('count keys', commands, call)).map(Number);
  }

  /** Read as UTF-8: those that are none cannot be named with what this returns. */
  async getKeysInSlot(slot: number, atMost: number, call: Call): Promise<readonly string[]> {
    const [keys] = await this.send('list keys', [['CLUSTER', 'GETKEYSINSLOT', slot, atMost]], call);
    return Array.isArray(keys) ? keys.map(String) : [];
  }

  async configSet(settings: Readonly<Record<string, string | number>>, call: Call): Promise<void> {
    await this.send('change settings', [['CONFIG', 'SET', ...Object.entries(settings).flat()]], call);
  }

  /** Returns false where the server was started without a configuration file. */
  async configRewrite(call: Call): Promise<boolean> {
    return this.#unless(/without a config file/, 'write its settings', ['CONFIG', 'REWRITE'], call);
  }

  /** All slots; refused while it has keys. */
  async flushSlots(call: Call): Promise<void> {
    await this.send('let all slots go', [['CLUSTER', 'FLUSHSLOTS']], call);
  }

  /** `nodes.conf`, with fsync. */
  async saveConfig(call: Call): Promise<void> {
    await this.send('save its nodes.conf', [['CLUSTER', 'SAVECONFIG']], call);
  }

  /** Any command. */
  async call(command: Command, call: Call): Promise<Reply> {
    const [reply = null] = await this.send(command.slice(0, 2).join(' '), [command], call);
    return reply;
  }

  /** Any commands, in one round trip. */
  send(what: string, commands: readonly Command[], call: Call): Promise<readonly Reply[]> {
    return this.#sessions.send('work', what, commands, call);
  }

  async #self(call: Call): Promise<ClusterNode> {
    const self = selfIn(await this.view(call));
    if (self === undefined) throw new Fault('internal', 'a node whose CLUSTER NODES does not name itself');
    return self;
  }

  /** Returns false when the server refuses with such words, which mean that there is nothing to do. */
  async #unless(words: RegExp, what: string, command: Command, call: Call): Promise<boolean> {
    try {
      await this.send(what, [command], call);
      return true;
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === 'statement-failed' && words.test(thrown.message))
        return false;
      throw thrown;
    }
  }
}

const ranged = (verb: 'ADDSLOTSRANGE' | 'DELSLOTSRANGE', slots: SlotSet): Command => [
  'CLUSTER',
  verb,
  ...slots.flatMap(({ first, last }) => [first, last]),
];
