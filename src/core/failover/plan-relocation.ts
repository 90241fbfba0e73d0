/**
 * A source in the middle of the tree that died, and the plan that puts its orphans under another. Orchestrator's order:
 * a sibling of the dead one in its data centre, another sibling, then the dead one's own source.
 */
import { inquestAtMostMs } from '../detection/inquest-time.ts';
import type { Judgement } from '../detection/testimony.ts';
import type { ServerId } from '../identity.ts';
import type { Plan, Step } from '../plan.ts';
import type { ClusterPolicy } from '../policy.ts';
import type { PositionAlgebra } from '../positions.ts';
import { olderSeries } from '../switchover/candidate-rules.ts';
import { type EngineTraits, engineTitle, type Planned } from '../switchover/plan-switchover.ts';
import { isSeen, type SeenNode } from '../switchover/situation.ts';
import { followAsBefore, target } from '../switchover/switchover-steps.ts';
import type { Refusal } from '../switchover-request.ts';
import { type Node, nodeById, replicasOf, type Topology } from '../topology.ts';
import { listing } from '../wording.ts';
import { changesToGtid, historyOf } from './history.ts';

export interface RelocationQuestion {
  readonly topology: Topology;
  readonly policy: ClusterPolicy;
  /** The intermediate source that is held for dead. */
  readonly dead: ServerId;
  readonly judgement: Judgement;
  readonly engine: EngineTraits;
  readonly positions: PositionAlgebra;
}

interface Relocation {
  readonly dead: Node;
  readonly orphans: readonly SeenNode[];
  /** Replicas of the dead one that stay under it. */
  readonly leftOut: readonly Node[];
  readonly source: SeenNode;
  readonly because: string;
}

const quickMs = 2000;

export function planRelocation(question: RelocationQuestion): Planned {
  const { topology, judgement } = question;
  const dead = nodeById(topology, question.dead);
  const replicas = dead === undefined ? [] : replicasOf(topology, dead.id);
  const answering = replicas.filter(isSeen);
  const orphans = answering.filter((node) => historyOf(node) === 'gtid');
  if (!dead || judgement.verdict !== 'dead') {
    const fact = `it is not sure that ${dead?.name ?? question.dead} is dead: ${judgement.because}`;
    return { ok: false, refusals: [{ code: 'primary-unsure', fact, needs: 'two independent witnesses' }] };
  }
  if (orphans.length === 0 && answering.length > 0) {
    return { ok: false, refusals: answering.map(withoutGtids) };
  }
  const found = chooseSource(dead, orphans, question);
  if (!found) {
    const fact = `no server can take over the replicas of ${dead.name}`;
    const needs = 'a server that answers, logs what it applies and has all that they have';
    return { ok: false, refusals: [{ code: 'no-survivor', fact, needs }] };
  }
  const leftOut = replicas.filter(({ id }) => orphans.every((orphan) => orphan.id !== id));
  return { ok: true, plan: relocationPlan({ dead, orphans, leftOut, ...found }, question) };
}

function withoutGtids({ id, name }: SeenNode): Refusal {
  return {
    code: 'candidate-gtid-off',
    server: id,
    fact: `${name} has no GTIDs: no other server's log tells where it stopped`,
    needs: 'gtid_mode=ON (MySQL) or a binary log (MariaDB)',
  };
}

function chooseSource(
  dead: Node,
  orphans: readonly SeenNode[],
  { topology, positions }: RelocationQuestion,
): Pick<Relocation, 'source' | 'because'> | undefined {
  if (orphans.length === 0 || dead.source === undefined) return undefined;
  const has = (node: SeenNode): boolean =>
    orphans.every((orphan) => positions.missing(orphan.seen.executed, node.seen.executed).count === 0);
  const fits = (node: Node): node is SeenNode =>
    isSeen(node) &&
    node.seen.log.enabled &&
    (node.seen.log.logsReplicated || node.channel === undefined) &&
    orphans.every((orphan) => !olderSeries(orphan.seen.version, node.seen.version));
  const works = ({ channel }: Node): boolean =>
    channel?.receiver === 'running' && channel.applier === 'running' && channel.filters.length === 0;
  const siblings = replicasOf(topology, dead.source)
    .filter(({ id }) => id !== dead.id)
    .filter(fits)
    .filter((node) => works(node) && !node.downtimed && has(node));
  const near = siblings.find(({ settings }) => settings.dataCenter === dead.settings.dataCenter);
  if (near) return { source: near, because: `it is a sibling of ${dead.name} in its data centre` };
  const [far] = siblings;
  if (far) return { source: far, because: `it is a sibling of ${dead.name}` };
  const above = nodeById(topology, dead.source);
  return above && fits(above) ? { source: above, because: `it is ${dead.name}'s own source` } : undefined;
}

function relocationPlan(relocation: Relocation, question: RelocationQuestion): Plan {
  const { dead, orphans, leftOut, source, because } = relocation;
  const { policy, judgement, engine } = question;
  const steps = relocationSteps(relocation, question);
  return {
    kind: 'relocation',
    cluster: policy.name,
    request: { cluster: policy.name },
    judgement,
    engineTitle: engineTitle(engine, source.seen.version),
    from: target(dead),
    to: target(source),
    reasons: [because],
    passedOver: [],
    guarantee: `no write is held: the primary is not touched; ${listing(orphans.map(({ name }) => name))} go on where they stopped`,
    warnings: [...leftOut.map((node) => whyLeftOut(node, dead)), ...changesToGtid(orphans)],
    facts: [{ text: `${dead.name} is dead: ${judgement.because}` }],
    steps,
    pointOfNoReturn: steps.find(({ phase }) => phase === 'follow')?.id ?? 'prove',
  };
}

function whyLeftOut(node: Node, { name }: Node): string {
  return isSeen(node)
    ? `${node.name} has no GTIDs, and is left under ${name}`
    : `${node.name} does not answer, and is left under ${name}`;
}

function relocationSteps(
  { dead, orphans, source }: Relocation,
  { topology, policy }: RelocationQuestion,
): readonly Step[] {
  const { stepMs, followMs } = policy.failover;
  const confirm: Step = {
    id: `confirm:${dead.name}`,
    phase: 'confirm',
    action: { verb: 'confirm', server: target(dead) },
    title: `${dead.name} is dead`,
    note: 'every witness is asked once more',
    deadlineMs: inquestAtMostMs(policy.detection) + quickMs,
    after: [],
    onFailure: 'roll-back',
  };
  const prove: Step = {
    id: 'prove',
    phase: 'prove',
    action: { verb: 'prove', server: target(topOf(source, topology)), seenBy: orphans.map(target) },
    title: `the hand-over row is seen on ${listing(orphans.map(({ name }) => name))}`,
    deadlineMs: followMs + stepMs,
    after: [],
    onFailure: 'carry-forward',
  };
  return [confirm, ...orphans.map((orphan) => move(orphan, source, followMs)), prove];
}

function move(orphan: SeenNode, source: SeenNode, deadlineMs: number): Step {
  return {
    id: `follow:${orphan.name}`,
    phase: 'follow',
    action: {
      verb: 'follow',
      server: target(orphan),
      source: target(source),
      settings: followAsBefore(orphan),
      catchUp: source.channel !== undefined,
    },
    title: `${orphan.name} → under ${source.name}`,
    deadlineMs,
    after: [],
    onFailure: 'carry-forward',
  };
}

/** Where the cluster's writes go: the hand-over row is written there. */
function topOf(node: SeenNode, topology: Topology): SeenNode {
  const above = node.source === undefined ? undefined : nodeById(topology, node.source);
  return above && isSeen(above) && above.id !== node.id && node.role !== 'co-primary'
    ? topOf(above, topology)
    : node;
}
