/**
 * Why a manual failover did not come about, as the nodes themselves say. They tell no reasons: it is read from where each
 * one stands.
 */
import type { Call, Clock } from '../../core/clock.ts';
import { type ClusterView, hasFlag, type NodeId, nodeIn, selfIn } from '../../core/shards/cluster-view.ts';
import type { HandOverJudgement } from '../../core/shards/judge-hand-over.ts';
import { formatSlots, intersectSlots } from '../../core/shards/slots.ts';
import { listing } from '../../core/wording.ts';
import { type ClusterNodes, chosen, readViews, type Views } from './cluster-nodes.ts';
import type { HandOverFailure, HandOverOrder } from './hand-over-order.ts';
import type { Prepared } from './prepare-hand-over.ts';
import type { Watched } from './watch-hand-over.ts';

interface Parts {
  readonly nodes: ClusterNodes;
  readonly clock: Clock;
  readonly prepared: Prepared;
  readonly watched: Watched;
}

/** All that is known when it has failed. */
interface Inquest extends Views {
  readonly order: HandOverOrder;
  readonly prepared: Prepared;
  readonly watched: Watched;
}

const lookMs = 500;

export async function explainHandOver(
  order: HandOverOrder,
  { nodes, prepared, watched }: Parts,
  call: Call,
): Promise<readonly HandOverFailure[]> {
  const { refusedBy, judgement } = watched;
  const { candidate, name } = order;
  if (refusedBy !== undefined) {
    const fact = `${name(candidate)} answered: ${refusedBy.message}`;
    return [{ code: 'server-refused', node: candidate, fact, needs: 'what its answer says' }];
  }
  if (judgement.kind === 'done') return [];
  const asked = [candidate, ...prepared.picture.quorum.voters].filter((id) => order.dead?.has(id) !== true);
  const look: Call = { ...call, deadlineMs: Math.min(call.deadlineMs, lookMs) };
  const inquest: Inquest = { order, prepared, watched, ...(await readViews(chosen(nodes, asked), look)) };
  return [judgement.kind === 'failed' ? ofFailed(judgement, inquest) : ofWaiting(judgement, inquest)];
}

function ofFailed(
  { because }: Extract<HandOverJudgement, { kind: 'failed' }>,
  { order: { candidate, name }, prepared: { shard }, watched, views }: Inquest,
): HandOverFailure {
  const seen = watched.views.get(candidate);
  const self = seen && selfIn(seen);
  switch (because) {
    case 'stale-election':
      return {
        code: because,
        node: candidate,
        fact: `${name(candidate)} called itself primary with epoch ${self?.configEpoch}, which is not larger than ${name(shard.primary)}'s ${shard.configEpoch}`,
        needs: 'to wait until it is a replica again, and then for as long as its cooldown lasts',
      };
    case 'another-primary': {
      const owner = [...watched.views.values(), ...views].flatMap((view) =>
        view.nodes.filter(
          (node) =>
            node.id !== candidate &&
            node.id !== shard.primary &&
            intersectSlots(node.slots, shard.slots).length > 0,
        ),
      )[0]?.id;
      const who = owner === undefined ? 'another node' : name(owner);
      return {
        code: because,
        node: owner ?? candidate,
        fact: `${who} has the slots`,
        needs: 'nothing: the shard has a new primary',
      };
    }
    case 'moved-away':
      return {
        code: because,
        node: candidate,
        fact: `${name(candidate)} replicates from ${self?.sourceId === undefined ? 'another primary' : name(self.sourceId)} now`,
        needs: 'a replica of this shard',
      };
    case 'not-a-replica':
      return {
        code: 'already-primary',
        node: candidate,
        fact: `${name(candidate)} was no replica`,
        needs: 'a replica',
      };
  }
}

function ofWaiting(
  judgement: Extract<HandOverJudgement, { kind: 'waiting' }>,
  inquest: Inquest,
): HandOverFailure {
  const { order, prepared, watched } = inquest;
  const { candidate, name } = order;
  const { primary } = prepared.shard;
  switch (judgement.for) {
    case 'candidate': {
      const why = watched.silent.get(candidate)?.message;
      const fact = `${name(candidate)} does not answer${why === undefined ? '' : `: ${why}`}`;
      return { code: 'candidate-silent', node: candidate, fact, needs: 'to look again when it answers' };
    }
    case 'election':
      return order.mode === 'default'
        ? notStood(inquest)
        : {
            code: 'did-not-stand',
            node: candidate,
            fact: `${name(candidate)} accepted it and did not stand for election`,
            needs: 'its log, which says why',
          };
    case 'votes':
      return {
        code: 'not-elected',
        node: candidate,
        fact: `${name(candidate)} stood with epoch ${epochOf(candidate, inquest)} and was not elected: ${votersOf(inquest)}`,
        needs: `votes of ${prepared.picture.quorum.needed} of ${prepared.picture.quorum.voters.length} primaries`,
      };
    case 'majority':
      return {
        code: 'not-seen',
        node: candidate,
        fact: `${name(candidate)} was elected, which is not known to a majority: ${unawareOf(judgement.seenBy, inquest)}`,
        needs: 'to look again: those that are reached by the cluster bus will follow',
      };
    case 'old-primary':
      return {
        code: 'old-primary-unaware',
        node: primary,
        fact: `${name(candidate)} was elected, and ${name(primary)} still takes itself for the primary`,
        needs: `${name(primary)} to be fenced, or to be reached by the cluster bus`,
      };
  }
}

/** Default mode: the primary holds its writes and says how far it is, then the candidate gets there, then it stands. */
function notStood({
  order: { candidate, name },
  prepared: { shard },
  watched,
  views,
}: Inquest): HandOverFailure {
  const { primary } = shard;
  const silent = watched.silent.get(primary);
  if (silent !== undefined) {
    const fact = `${name(primary)} stopped answering: ${silent.message}`;
    return { code: 'primary-silent', node: primary, fact, needs: 'a primary that answers, or mode force' };
  }
  const own = views.find((view) => view.by === candidate);
  const link = own && nodeIn(own, primary);
  if (link !== undefined && (hasFlag(link, 'fail') || link.link === 'disconnected')) {
    const fact = `${name(candidate)} lost its link to ${name(primary)} on the cluster bus`;
    return { code: 'primary-failed', node: candidate, fact, needs: 'a link between the two, or mode force' };
  }
  const [first, last] = [watched.offsets[0], watched.offsets.at(-1)];
  if (first === undefined || last === undefined) {
    const fact = `${name(candidate)} did not stand for election, and how far it was could not be read`;
    return { code: 'did-not-stand', node: candidate, fact, needs: 'its log, which says why' };
  }
  if (last.primary > first.primary) {
    const fact = `${name(primary)} did not hold its writes: it went on from byte ${first.primary} to ${last.primary}`;
    return {
      code: 'not-held',
      node: primary,
      fact,
      needs: `its log, and that it counts ${name(candidate)} as its replica`,
    };
  }
  if (last.candidate < last.primary) {
    return {
      code: 'not-caught-up',
      node: candidate,
      fact: `${name(primary)} is at byte ${last.primary}, ${name(candidate)} came to ${last.candidate}: ${last.primary - last.candidate} bytes short`,
      needs: 'a replica that keeps up',
    };
  }
  return {
    code: 'did-not-stand',
    node: candidate,
    fact: `${name(candidate)} had reached ${name(primary)} (byte ${last.primary}) and did not stand for election`,
    needs: 'its log, which says why',
  };
}

function epochOf(id: NodeId, { watched, views }: Inquest): number {
  const said = [watched.views.get(id), views.find((view) => view.by === id)];
  return Math.max(0, ...said.flatMap((view) => (view === undefined ? [] : [view.currentEpoch])));
}

/** A request for votes carries the epoch of the election, which everyone who gets it takes over (redis.md §1.4). */
function votersOf(inquest: Inquest): string {
  const { prepared, views, silent, order } = inquest;
  const { name, candidate } = order;
  const epoch = epochOf(candidate, inquest);
  const says = prepared.picture.quorum.voters.map((id) => {
    const view = views.find((each) => each.by === id);
    if (view === undefined) return `${name(id)} does not answer${because(silent.get(id)?.message)}`;
    if (view.currentEpoch < epoch)
      return `${name(id)} has not heard of it, being at epoch ${view.currentEpoch}`;
    if (view.currentEpoch > epoch) return `${name(id)} is at a later epoch, ${view.currentEpoch}`;
    const denied = laterOwner(view, inquest);
    return denied ?? `${name(id)} heard of it, and no vote of it arrived`;
  });
  return listing(says);
}

const because = (why: string | undefined): string => (why === undefined ? '' : ` (${why})`);

/** Vote condition 7: to it, one of the slots is somebody's whose epoch is larger. */
function laterOwner(view: ClusterView, inquest: Inquest): string | undefined {
  const { shard } = inquest.prepared;
  const { name, candidate } = inquest.order;
  const own = epochOf(candidate, inquest);
  const owner = view.nodes.find(
    (node) => node.configEpoch > own && intersectSlots(node.slots, shard.slots).length > 0,
  );
  if (owner === undefined) return undefined;
  const slots = formatSlots(intersectSlots(owner.slots, shard.slots));
  return `to ${name(view.by)}, ${name(owner.id)} has slots ${slots} with epoch ${owner.configEpoch}`;
}

function unawareOf(seenBy: readonly NodeId[], { prepared, silent, order: { name } }: Inquest): string {
  const others = prepared.picture.quorum.voters.filter((id) => !seenBy.includes(id));
  return listing(
    others.map((id) =>
      silent.has(id)
        ? `${name(id)} does not answer${because(silent.get(id)?.message)}`
        : `${name(id)} does not say so`,
    ),
  );
}
