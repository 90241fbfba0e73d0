/**
 * Changes the shape of a Redis Cluster for the control plane: core's port, over the steps of run-cluster-plan.ts. Connections
 * are opened for each piece of work and closed after it: what it leaves under way ends with them.
 */
import { Fault } from '../../contract/errors.ts';
import type { Call, Clock } from '../../core/clock.ts';
import { countdown } from '../../core/deadline.ts';
import type { EngineContext } from '../../core/engine.ts';
import { type Address, formatAddress, serverId } from '../../core/identity.ts';
import type {
  ClusterShaper,
  Located,
  MoveProgress,
  Shaped,
  ShapeOptions,
  ShapeWork,
} from '../../core/shards/cluster-shaper.ts';
import { type ClusterNode, type NodeId, selfIn } from '../../core/shards/cluster-view.ts';
import type { NewNode } from '../../core/shards/create-cluster.ts';
import type { SlotTransfer } from '../../core/shards/slot-action.ts';
import { containsSlot } from '../../core/shards/slots.ts';
import { infoNumber, parseInfo } from '../resp/info.ts';
import { RespSession } from '../resp/resp-session.ts';
import { RespSessions } from '../resp/resp-sessions.ts';
import { ClusterNodeLink } from './cluster-node.ts';
import { type ClusterNodes, readViews } from './cluster-nodes.ts';
import type { ClusterStep } from './cluster-steps.ts';
import { planFix } from './fix-cluster.ts';
import { linkOf } from './membership.ts';
import type { SlotMoveOptions } from './move-slots.ts';
import { textOf } from './node-facts.ts';
import { repairTheseSlots } from './repair-these-slots.ts';
import { type PlanRun, runClusterPlan } from './run-cluster-plan.ts';

const lookMs = 2_000;
const countedAtOnce = 1_000;

export function redisClusterShaper(context: EngineContext): ClusterShaper {
  const { clock } = context;
  return {
    newcomer: (address, call) => withLinks([address], context, ([link]) => newcomer(link, address, call)),
    countKeys: (transfers, members, call) =>
      withNodes(members, context, async (nodes) => {
        const counts: number[] = [];
        for (const { from, slots } of transfers) {
          let sum = 0;
          for (let at = 0; at < slots.length; at += countedAtOnce) {
            const some = await linkOf({ nodes }, from).countKeysInSlots(
              slots.slice(at, at + countedAtOnce),
              call,
            );
            sum += some.reduce((a, b) => a + b, 0);
          }
          counts.push(sum);
        }
        return counts;
      }),
    planFix: (options, members, call) =>
      withNodes(members, context, (nodes) => planFix({ nodes }, options, call)),
    shape: (work, members, options, call) =>
      withNodes(members, context, (nodes) => {
        const { user, password } = context.admin;
        return shape(work, { nodes, clock, options, credentials: { user, password } }, call);
      }),
  };
}

/** Of its own, so that what an operation leaves under way does not outlive it. */
async function withLinks<T>(
  addresses: readonly Address[],
  { clock, admin: credentials }: EngineContext,
  use: (links: readonly ClusterNodeLink[]) => Promise<T>,
): Promise<T> {
  const all = addresses.map(
    (address) =>
      new RespSessions(
        address,
        (name) => (call) => RespSession.open(address, { clock, credentials, name }, call),
      ),
  );
  try {
    return await use(all.map((sessions) => new ClusterNodeLink({ sessions, clock })));
  } finally {
    for (const sessions of all) sessions.closeAll();
  }
}

function withNodes<T>(
  members: readonly Located[],
  context: EngineContext,
  use: (nodes: ClusterNodes) => Promise<T>,
): Promise<T> {
  const known = new Map(members.map(({ id, address }) => [id, address]));
  return withLinks([...known.values()], context, (links) =>
    use(new Map([...known.keys()].flatMap((id, at) => (links[at] ? [[id, links[at]]] : [])))),
  );
}

/** One without cluster support has no id, and is told by its address. */
async function newcomer(link: ClusterNodeLink | undefined, address: Address, whole: Call): Promise<NewNode> {
  if (link === undefined) throw new Fault('internal', 'no link to a node that was named');
  const call = { ...whole, deadlineMs: Math.min(whole.deadlineMs, lookMs) };
  const name = formatAddress(address);
  const [info, keys] = await link.send('read its state', [['INFO', 'cluster'], ['DBSIZE']], call);
  const clusterEnabled = infoNumber(parseInfo(textOf(info)), 'cluster_enabled') === 1;
  const plain = { name, clusterEnabled, keys: Number(keys), placement: { host: address.host } };
  if (!clusterEnabled) return { ...plain, id: serverId(name), knownNodes: 1 };
  const said = parseInfo(textOf(await link.call(['CLUSTER', 'INFO'], call)));
  return { ...plain, id: await link.id(call), knownNodes: infoNumber(said, 'cluster_known_nodes') ?? 1 };
}

interface ShapeParts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
  readonly options: ShapeOptions;
  readonly credentials: NonNullable<SlotMoveOptions['credentials']>;
}

async function shape(work: ShapeWork, parts: ShapeParts, call: Call): Promise<Shaped> {
  switch (work.do) {
    case 'repair-slots': {
      const left = await repairTheseSlots(work, { ...parts, options: slotOptions(parts) }, call);
      return left === undefined ? { ok: true } : { ok: false, stopped: false, why: left };
    }
    case 'set-timeout': {
      const left = countdown(parts.clock, call);
      const node = linkOf(parts, work.node);
      await node.configSet({ 'cluster-node-timeout': work.ms }, left());
      const written = await node.configRewrite(left());
      return written
        ? { ok: true }
        : { ok: true, note: 'it has no configuration file: a restart forgets it' };
    }
    default:
      return carryOut(work, parts, call);
  }
}

const slotOptions = ({ options, credentials }: ShapeParts): SlotMoveOptions => ({
  credentials,
  replace: options.replace === true,
  ...(options.keysPerCall === undefined ? {} : { keysPerCall: options.keysPerCall }),
  ...(options.pauseMs === undefined ? {} : { pauseMs: options.pauseMs }),
});

async function carryOut(step: ClusterStep, parts: ShapeParts, call: Call): Promise<Shaped> {
  const { nodes, clock, options } = parts;
  let moved: MoveProgress | undefined;
  const slots: SlotMoveOptions = {
    ...slotOptions(parts),
    progress: (now) => {
      moved = now;
      options.onProgress?.(now);
    },
    ...(options.stop === undefined ? {} : { stop: options.stop }),
  };
  const ran = await runClusterPlan([step], { slots }, { nodes, clock }, call);
  const gone = moved === undefined ? {} : { moved };
  if (ran.ok || (step.do === 'move-slots' && (await gaveItsLast(step.transfers, nodes, call))))
    return { ok: true, ...gone };
  return { ok: false, ...wordsOf(ran.because), ...gone };
}

/**
 * A primary that gives its last slot becomes a replica of the one that takes it, by itself and at any moment of that
 * (redis.md §1.8): what it then has of these slots is a copy, and nothing is left to move.
 */
async function gaveItsLast(
  transfers: readonly SlotTransfer[],
  nodes: ClusterNodes,
  call: Call,
): Promise<boolean> {
  const { views } = await readViews(nodes, { ...call, deadlineMs: Math.min(call.deadlineMs, lookMs) });
  const selfOf = (id: NodeId): ClusterNode | undefined => {
    const view = views.find(({ by }) => by === id);
    return view && selfIn(view);
  };
  return transfers.every(({ from, to, slots }) => {
    const own = selfOf(to)?.slots ?? [];
    return selfOf(from)?.sourceId === to && slots.every((slot) => containsSlot(own, slot));
  });
}

type Hindrance = Extract<PlanRun, { ok: false }>['because'];

function wordsOf(because: Hindrance): { readonly stopped: boolean; readonly why: string } {
  if (because.kind === 'repairs') return { stopped: false, why: 'keys of a slot could not be moved' };
  const { moved } = because;
  if ('stopped' in moved) return { stopped: true, why: 'stopped between two slots' };
  const { move, because: reason, node, keys = [] } = moved.stuck;
  const which = keys.length === 0 ? '' : `: ${keys.slice(0, 3).join(', ')}${keys.length > 3 ? ' …' : ''}`;
  return { stopped: false, why: `slot ${move.slot}: ${reasons[reason](node)}${which}` };
}

type Reason = Extract<Extract<Hindrance, { kind: 'slots' }>['moved'], { stuck: unknown }>['stuck']['because'];

const reasons: Readonly<Record<Reason, (node: string) => string>> = {
  'source-silent': (node) => `${node} does not answer`,
  'target-silent': (node) => `${node} does not answer`,
  'source-replaced': (node) => `${node} is no primary any more`,
  'target-replaced': (node) => `${node} is no primary any more`,
  'other-owner': (node) => `${node} says that another node owns it`,
  'other-move': (node) => `${node} says that it is on its way elsewhere`,
  'key-conflict': (node) => `${node} has keys of the same name that differ`,
  'key-too-large': () => 'a key is larger than is allowed to be moved',
};
