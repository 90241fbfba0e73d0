/** One cluster as Sentinel's clients see it: a pure function of its topology and of what the journal has told. */
import { createHash } from 'node:crypto';
import { type Address, type ServerId, sameAddress } from '../../core/identity.ts';
import type { PromotionRule } from '../../core/policy.ts';
import { lastPrimary, type Node, nodeById, type Topology } from '../../core/topology.ts';
import type { Promotion } from './hand-overs.ts';
import type { InstanceView, PrimaryView, ReplicaView } from './sentinel-view.ts';

export interface ClusterFacts {
  readonly topology: Topology;
  readonly handingOver: boolean;
  /** The old primary is being put down. */
  readonly fenced: boolean;
  readonly promotion?: Promotion;
  /** Of which the finding `dead-primary` speaks. */
  readonly dead?: ServerId;
  /** Since when each server has not answered, epoch milliseconds. */
  readonly silent: ReadonlyMap<ServerId, number>;
  /** The last primary that was shown. */
  readonly shown?: InstanceView;
  readonly configEpoch: number;
}

export interface ViewSettings {
  readonly quorum: number;
  /** A server that has not answered for so long is flagged as down. */
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
}

export function clusterView(facts: ClusterFacts, settings: ViewSettings): PrimaryView {
  const { topology, handingOver, fenced, shown, configEpoch } = facts;
  const node = primaryNode(facts);
  const primary = node && instance(node, facts, settings);
  const last = primary ?? shown;
  return {
    name: topology.cluster,
    ...(primary === undefined || fenced ? {} : { primary }),
    ...(last === undefined ? {} : { last }),
    handingOver,
    replicas: topology.nodes
      .filter((each) => each.id !== node?.id && isShown(each, last))
      .map((each) => replica(each, facts, settings)),
    ...{ quorum: settings.quorum, downAfterMs: settings.downAfterMs },
    failoverTimeoutMs: settings.failoverTimeoutMs,
    parallelSyncs: 1,
    configEpoch,
  };
}

/** The server promoted last, unless a look that began after that found it replicating. */
function primaryNode({ topology, promotion }: ClusterFacts): Node | undefined {
  const made = promotion && nodeById(topology, promotion.to.id);
  const demoted = made?.role === 'replica' && lookedAtSince(made, promotion);
  return made && !demoted ? made : lastPrimary(topology, promotion?.to.id);
}

/** A look that was under way at the promotion may tell of the time before. */
function lookedAtSince({ seen }: Node, promotion: Promotion | undefined): boolean {
  return seen !== undefined && seen.observedAt - seen.tookMs > (promotion?.at ?? 0);
}

/** One that was never seen is no replica that clients could read from, unless it was the primary. */
function isShown({ role, address, seen }: Node, last: InstanceView | undefined): boolean {
  return seen !== undefined && role !== 'unknown' && !(last && sameAddress(address, last.address));
}

function instance(node: Node, facts: ClusterFacts, settings: ViewSettings): InstanceView {
  const down = downOf(node, facts, settings);
  return {
    address: node.address,
    runId: runIdOf(node.id),
    ...(node.seen === undefined ? {} : { answeredAt: node.seen.observedAt }),
    ...(down === undefined ? {} : { down }),
  };
}

/** A single look that failed takes no server from its clients. */
function downOf(node: Node, facts: ClusterFacts, { downAfterMs }: ViewSettings): InstanceView['down'] {
  const { dead, silent, promotion } = facts;
  const since = silent.get(node.id) ?? node.failure?.at ?? facts.topology.at;
  if (node.id === dead) return { since, how: 'objectively' };
  const wasReplaced = promotion?.afterDeath === true && promotion.from.id === node.id;
  if (wasReplaced && !lookedAtSince(node, promotion)) return { since: promotion.at, how: 'subjectively' };
  const isSilent = !node.reachable && (node.failure?.at ?? since) - since >= downAfterMs;
  return isSilent ? { since, how: 'subjectively' } : undefined;
}

function replica(node: Node, facts: ClusterFacts, settings: ViewSettings): ReplicaView {
  const { channel, settings: own, seen } = node;
  const source = channel?.source;
  return {
    ...instance(node, facts, settings),
    linked: channel?.receiver === 'running',
    ...(source === undefined ? {} : { source }),
    priority: PRIORITIES[own.promotionRule],
    offset: offsetOf(seen?.executed),
  };
}

/** 100 is Redis's default, 0 what it never promotes. */
const PRIORITIES: Readonly<Record<PromotionRule, number>> = {
  must: 1,
  prefer: 50,
  neutral: 100,
  prefer_not: 200,
  must_not: 0,
};

/** A place in Redis's stream ends with its offset in bytes. */
function offsetOf(executed: string | undefined): number {
  const digits = /(\d+)\D*$/.exec(executed ?? '')?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** Any text as 40 hexadecimal digits; one that has that form already stays as it is. */
export function runIdOf(text: string): string {
  return /^[0-9a-f]{40}$/.test(text) ? text : createHash('sha1').update(text).digest('hex');
}

export const runIdOfAddress = ({ host, port }: Address): string => runIdOf(`${host}:${port}`);
