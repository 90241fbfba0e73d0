/** One node of a Redis Cluster, as the control plane sees it. Who leads, the nodes decide among themselves. */
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import type { EngineContext, HandedOver, ServerLink, ShardHandOver } from '../../core/engine.ts';
import type { Address } from '../../core/identity.ts';
import type { Observation } from '../../core/observation.ts';
import type { ClusterSight } from '../../core/shards/cluster-sight.ts';
import { type NodeId, selfIn } from '../../core/shards/cluster-view.ts';
import { listing } from '../../core/wording.ts';
import { Following } from '../redis/following.ts';
import { RespSession } from '../resp/resp-session.ts';
import { RespSessions } from '../resp/resp-sessions.ts';
import { clusterLookCommands, readClusterLook } from './cluster-look.ts';
import { ClusterNodeLink } from './cluster-node.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { type HandOverOutcome, handOverShard } from './hand-over-shard.ts';
import { LossMeasure } from './measure-loss.ts';
import { spreadRole } from './spread-role.ts';

interface KnownNode {
  readonly node: ClusterNodeLink;
  id(): NodeId | undefined;
}

/** By the link that control holds: one that takes over has to ask the others. */
const knownNodes = new WeakMap<ServerLink, KnownNode>();

export function redisClusterLink(address: Address, context: EngineContext): ServerLink {
  const { clock, admin: credentials } = context;
  const sessions = new RespSessions(
    address,
    (name) => (call) => RespSession.open(address, { clock, credentials, name }, call),
  );
  const following = new Following(sessions, context);
  let sight: ClusterSight | undefined;
  const look = async (call: Call): Promise<Observation> => {
    const began = clock.monotonic();
    const session = await sessions.get('look', call);
    const replies = await session.send('probe', clusterLookCommands, call);
    const { remoteHost: host = address.host } = session;
    const remote = { host, port: address.port };
    const looked = readClusterLook(replies, remote, clock.now());
    sight = looked.sight;
    return {
      ...looked.seen,
      address,
      ...(host === address.host ? {} : { resolved: remote }),
      observedAt: clock.now(),
      tookMs: clock.monotonic() - began,
    };
  };
  const link: ServerLink = {
    address,
    probe: look,
    sight: () => sight,
    pulse: async (call) => {
      await sessions.send('pulse', 'pulse', [['PING']], call);
    },
    onLost: (listener) => sessions.onLost(listener),
    prepare: async (call) => void (await sessions.get('work', call)),
    rest: async () => sessions.close('work'),
    handOver: (asked, call) => handOver(asked, { link, context }, call),
    position: (call) => following.position(call),
    awaitPosition: (wanted, call) => following.awaitPosition(wanted, call),
    stopReceiving: (call) => following.position(call),
    stopReplicating: (call) => following.position(call),
    renewReceiver: (_channel, call) => following.renew(call),
    ...needless,
    ...impossible,
    close: async () => sessions.closeAll(),
  };
  knownNodes.set(link, { node: new ClusterNodeLink({ sessions, clock }), id: () => sight?.view.by });
  return link;
}

const cannot = (): Promise<never> =>
  Promise.reject(new Fault('bad-request', 'the nodes of a Redis Cluster do that among themselves'));

const needless = {
  // One thread serves and logs: where its log waits for a disk, so does its pulse.
  flush: async () => undefined,
  startReceiving: async () => undefined,
  restoreReplication: async () => undefined,
  // Nothing of a hand-over is left under way that a session carries.
  takeOver: async () => undefined,
  // It is a replica as soon as it hears who leads; no command can tell it sooner without a vote.
  makeReadOnly: async () => undefined,
  drain: async () => ({ found: 0, ended: 0 }),
  holdsFreeze: () => false,
  copyState: async () => 'none',
} satisfies Partial<ServerLink>;

const impossible = {
  freeze: cannot,
  thaw: cannot,
  promote: cannot,
  endWriters: cannot,
  retireSource: cannot,
  follow: cannot,
  applyLog: cannot,
  rewind: cannot,
  adopt: cannot,
  cloneFrom: cannot,
  readyToClone: cannot,
  dataBytes: cannot,
  commitEmpty: cannot,
  writeHandOver: cannot,
  seesHandOver: cannot,
};

interface Parts {
  readonly link: ServerLink;
  readonly context: EngineContext;
}

async function handOver(asked: ShardHandOver, { link, context }: Parts, call: Call): Promise<HandedOver> {
  const { mode, fellows, dead, elections, remember, nameOf: name } = asked;
  const candidate = knownNodes.get(link)?.id();
  if (candidate === undefined) {
    throw new Fault('verification-failed', 'the candidate was never seen', { details: { sent: false } });
  }
  const dying = dead.size > 0 && mode !== 'default';
  const order = { candidate, mode, elections, name, remember, dead, ...(dying ? { resyncMs: 0 } : {}) };
  const { clock } = context;
  const nodes = nodesOf(fellows);
  const old = livingPrimary(link, asked, nodes);
  const self = nodes.get(candidate);
  const measure =
    old && self && mode !== 'default' ? new LossMeasure({ old, candidate: self, clock }, call) : undefined;
  try {
    const outcome = await handOverShard(order, { nodes, clock }, call);
    if (outcome.election) await remember(outcome.election);
    if (!outcome.ok) throw asFault(outcome, name);
    const lost = await measure?.tell(outcome.resync.kind, call);
    if (old && outcome.resync.kind !== 'pending') await spreadRole(old, { clock, dead }, call);
    return { how: inWords(outcome, name), ...(lost === undefined ? {} : { lost }) };
  } finally {
    measure?.stop();
  }
}

/** Undefined where it is dead, or unknown: then there is nobody to be asked. */
function livingPrimary(
  link: ServerLink,
  { dead }: Pick<ShardHandOver, 'dead'>,
  nodes: ClusterNodes,
): ClusterNodeLink | undefined {
  const view = link.sight?.()?.view;
  const primary = view && selfIn(view)?.sourceId;
  return primary === undefined || dead.has(primary) ? undefined : nodes.get(primary);
}

function asFault(outcome: Extract<HandOverOutcome, { ok: false }>, name: (id: NodeId) => string): Fault {
  const facts = outcome.failures.map(({ fact, needs }) => `${fact}; needs ${needs}`).join('. ');
  const others = outcome.instead.length === 0 ? '' : `. Instead: ${listing(outcome.instead.map(name))}`;
  return new Fault('verification-failed', `${facts}${others}`, {
    details: { failures: outcome.failures, ...(outcome.sent ? {} : { sent: false }) },
  });
}

function nodesOf(fellows: readonly ServerLink[]): ClusterNodes {
  return new Map(
    fellows.flatMap((fellow) => {
      const known = knownNodes.get(fellow);
      const id = known?.id();
      return known === undefined || id === undefined ? [] : [[id, known.node] as const];
    }),
  );
}

const resyncs = {
  partial: 'partial resynchronisation',
  full: 'full copy',
  pending: 'the old primary does not replicate yet',
} as const;

function inWords(
  { epoch, seenBy, tookMs, resync }: Extract<HandOverOutcome, { ok: true }>,
  name: (id: NodeId) => string,
): string {
  const took = tookMs.toFixed(0);
  return `epoch ${epoch}, seen by ${listing(seenBy.map(name))} after ${took} ms; ${resyncs[resync.kind]}`;
}
