/** A change of a cluster's slots, members or replicas as a plan that can be shown, run and resumed. */
import { compareNames } from '../compare-names.ts';
import { formatAddress, type ServerId } from '../identity.ts';
import type { Plan, Step, Target } from '../plan.ts';
import { engineTitle, type Planned as PlannedPlan } from '../switchover/plan-switchover.ts';
import type { Refusal, RefusalCode } from '../switchover-request.ts';
import { nodeById } from '../topology.ts';
import { planJoining } from './add-node.ts';
import type { ChangeRefusal } from './change-refusal.ts';
import type { ClusterPicture } from './cluster-picture.ts';
import type { NodeId } from './cluster-view.ts';
import { adoptOrphans, separateReplicas } from './place-replicas.ts';
import { planRebalance } from './rebalance.ts';
import { planLeaving } from './remove-node.ts';
import type { ReshapeQuestion } from './reshape-question.ts';
import type { ReshapeChange, ReshapeKind } from './reshape-request.ts';
import {
  agreeStep,
  forgetStep,
  meetStep,
  moveSteps,
  repairSteps,
  replicateSteps,
  type TargetOf,
  timeoutSteps,
} from './reshape-steps.ts';
import { planReshard } from './reshard.ts';
import { countSlots } from './slots.ts';

/** The steps without the last one, or why there are none. */
type Shaping =
  | {
      readonly ok: true;
      readonly steps: readonly Step[];
      readonly warnings?: readonly string[];
      /** What is true already, where there is no step. */
      readonly idle: string;
      /** Nodes that are in the cluster afterwards and are not now. */
      readonly more?: readonly Target[];
      readonly less?: readonly NodeId[];
    }
  | { readonly ok: false; readonly refusals: readonly ChangeRefusal[] };

export function planReshape(question: ReshapeQuestion): PlannedPlan {
  const { situation, request, topology, engine } = question;
  const of = targets(question);
  const shaping = shapingOf(question, of);
  const words = (text: string): string => text.replace(/\b[0-9a-f]{40}\b/g, (id) => of(id as ServerId).name);
  if (!shaping.ok) return { ok: false, refusals: shaping.refusals.map((refusal) => inWords(refusal, words)) };
  const { steps, more = [], less = [] } = shaping;
  if (steps.length === 0) return refuse('nothing-to-change', shaping.idle, 'something to change');
  const answering = situation.picture.nodes.filter(({ asked }) => asked).map(({ id }) => id);
  const [first] = answering;
  const version = topology.nodes.find(({ seen }) => seen !== undefined)?.seen?.version;
  if (first === undefined || version === undefined)
    return refuse('no-primary', 'no node of the cluster answers', 'a cluster that works');
  const members = [...answering.filter((id) => !less.includes(id)).map(of), ...more];
  const [from, to] = endsOf(steps);
  return {
    ok: true,
    plan: {
      kind: 'reshape',
      title: request.what,
      cluster: topology.cluster,
      request: { cluster: topology.cluster },
      engineTitle: engineTitle(engine, version),
      from: from ?? of(first),
      to: to ?? from ?? of(first),
      reasons: [],
      passedOver: [],
      guarantee: guaranteeOf(request),
      warnings: [...(shaping.warnings ?? []), ...warningsOf(steps)],
      facts: factsOf(situation.picture, of),
      steps: [...steps, agreeStep(members.toSorted((a, b) => compareNames(a.name, b.name)))],
      pointOfNoReturn: '',
    },
  };
}

function targets({ topology, newcomer, situation }: ReshapeQuestion): TargetOf {
  return (id) => {
    const node = nodeById(topology, id);
    if (node !== undefined) return { id, name: node.name, address: node.address };
    if (newcomer?.node.id === id) return { id, name: newcomer.node.name, address: newcomer.address };
    const address = situation.picture.nodes.find((each) => each.id === id)?.address;
    const nowhere = { host: '', port: 0 };
    return { id, name: address ? formatAddress(address) : id.slice(0, 8), address: address ?? nowhere };
  };
}

function shapingOf(question: ReshapeQuestion, of: TargetOf): Shaping {
  const { request } = question;
  switch (request.what) {
    case 'rebalance':
      return rebalance(question, request, of);
    case 'reshard':
      return reshard(question, request, of);
    case 'add-node':
      return addNode(question, request, of);
    case 'remove-node':
      return removeNode(question, request, of);
    case 'fix':
      return fix(question, request, of);
    case 'place-replicas':
      return placeReplicas(question, request, of);
    case 'set-timeout':
      return setTimeouts(question, request, of);
  }
}

type Of<K extends ReshapeKind> = Extract<ReshapeChange, { readonly what: K }>;

function rebalance({ situation, request }: ReshapeQuestion, asked: Of<'rebalance'>, of: TargetOf): Shaping {
  const { weights = [], threshold = 2, useEmpty = false } = asked;
  const planned = planRebalance({
    picture: situation.picture,
    weights: new Map(weights.map(({ server, weight }) => [server, weight])),
    threshold,
    useEmpty,
  });
  if (!planned.ok) return planned;
  const shares = planned.plan.shares.map(({ primary, slots }) => `${of(primary).name} has ${slots}`);
  const empty = situation.picture.shards.filter(({ slots }) => slots.length === 0);
  const unused =
    useEmpty || empty.length === 0
      ? ''
      : `; ${empty.map(({ primary }) => of(primary).name).join(', ')} without slots is left out (use-empty)`;
  return {
    ok: true,
    steps: moveSteps(planned.plan.transfers, of, paceOf(request)),
    idle: `no primary is further than ${threshold} % from its share: ${shares.join(', ')}${unused}`,
  };
}

function reshard({ situation, request }: ReshapeQuestion, asked: Of<'reshard'>, of: TargetOf): Shaping {
  const planned = planReshard({ picture: situation.picture, ...asked });
  return planned.ok ? { ok: true, steps: moveSteps(planned.plan, of, paceOf(request)), idle: '' } : planned;
}

function addNode(
  { situation, newcomer, placements }: ReshapeQuestion,
  { as }: Of<'add-node'>,
  of: TargetOf,
): Shaping {
  if (newcomer === undefined) return none('unknown-node', 'the node was not asked', 'a node that answers');
  const { node } = newcomer;
  const planned = planJoining({ picture: situation.picture, node, as, placements });
  if (!planned.ok) return planned;
  const { meet, replicaOf } = planned.plan;
  const members = situation.picture.nodes.filter(({ asked }) => asked).map(({ id }) => of(id));
  const server = of(node.id);
  return {
    ok: true,
    steps: [
      meetStep(server, members, replicaOf === undefined ? of(meet) : undefined),
      ...(replicaOf === undefined ? [] : replicateSteps([{ replica: node.id, to: replicaOf }], of)),
    ],
    idle: '',
    more: [server],
    warnings:
      replicaOf === undefined
        ? [`${server.name} has no slots then: rebalance with use-empty gives it its share`]
        : [],
  };
}

function removeNode(
  { situation, placements, request }: ReshapeQuestion,
  { server, drain }: Of<'remove-node'>,
  of: TargetOf,
): Shaping {
  const { picture } = situation;
  const planned = planLeaving({ picture, node: server, drain, placements });
  if (!planned.ok) return planned;
  const { transfers, replicas, forgetAt, reset } = planned.plan;
  return {
    ok: true,
    steps: [
      ...moveSteps(transfers, of, paceOf(request)),
      ...replicateSteps(replicas, of),
      forgetStep(of(server), forgetAt.map(of), reset),
    ],
    idle: '',
    less: [server],
    warnings: orphanedBy(picture, server).map(
      (id) => `${of(id).name} has no other replica: when it dies, its slots are served by nobody`,
    ),
  };
}

function orphanedBy({ shards }: ClusterPicture, leaving: NodeId): readonly NodeId[] {
  return shards
    .filter(({ replicas, slots }) => slots.length > 0 && replicas.length === 1 && replicas[0] === leaving)
    .map(({ primary }) => primary);
}

function fix(
  { repairs, request, situation }: ReshapeQuestion,
  { withoutUnreachable = false, replace = false }: Of<'fix'>,
  of: TargetOf,
): Shaping {
  if (repairs === undefined) return none('no-primary', 'no key was counted', 'a primary that answers');
  if (!repairs.ok) return repairs;
  const { voters, answering } = situation.picture.quorum;
  const lost = voters.filter((id) => !answering.includes(id));
  return {
    ok: true,
    steps: repairSteps(repairs.plan, of, { withoutUnreachable, replace, pace: paceOf(request) }),
    idle: 'every slot has one owner, and none is on its way',
    warnings:
      withoutUnreachable && lost.length > 0
        ? [`what only ${lost.map((id) => of(id).name).join(', ')} has is lost`]
        : [],
  };
}

const paceOf = ({ keysPerCall, pauseMs }: ReshapeQuestion['request']) => ({
  ...(keysPerCall === undefined ? {} : { keysPerCall }),
  ...(pauseMs === undefined ? {} : { pauseMs }),
});

function placeReplicas(
  { situation, placements }: ReshapeQuestion,
  { barrier = 1 }: Of<'place-replicas'>,
  of: TargetOf,
): Shaping {
  const { picture } = situation;
  if (picture.unassigned.length > 0 || picture.down.length > 0)
    return none('slots-uncovered', 'not all slots are served', 'a cluster that works: fix it first');
  const orphans = adoptOrphans({ picture, placements, barrier });
  const moves = orphans.length > 0 ? orphans : separateReplicas(picture, placements, { zones: true });
  const lonely = picture.shards
    .filter(({ slots, replicas }) => slots.length > 0 && replicas.length === 0)
    .map(({ primary }) => of(primary).name);
  return {
    ok: true,
    steps: replicateSteps(moves, of),
    idle:
      lonely.length === 0
        ? 'every primary has a replica, and none of them would be apart further'
        : `${lonely.join(', ')} has no replica, and no shard has one to spare (it must keep ${barrier})`,
  };
}

/** The bounds of the server: any positive number; below 100 ms every pause of a server would be a failure. */
const leastTimeoutMs = 100;

function setTimeouts({ situation }: ReshapeQuestion, { ms }: Of<'set-timeout'>, of: TargetOf): Shaping {
  const silent = situation.picture.nodes.filter(({ asked }) => !asked);
  if (silent[0] !== undefined)
    return none('node-unreachable', `${silent[0].id} does not answer`, 'all nodes: they have to agree in it');
  if (!Number.isInteger(ms) || ms < leastTimeoutMs)
    return none('timeout-invalid', `${ms} ms is no node timeout`, `${leastTimeoutMs} ms or more`);
  const nodes = [...situation.sights].map(([id, { nodeTimeoutMs }]) => ({
    node: of(id),
    from: nodeTimeoutMs,
  }));
  return {
    ok: true,
    steps: timeoutSteps(
      nodes.filter(({ from }) => from !== ms),
      ms,
    ),
    idle: `all nodes have a timeout of ${ms} ms already`,
  };
}

const none = (code: ChangeRefusal['code'], fact: string, needs: string): Shaping => ({
  ok: false,
  refusals: [{ code, fact, needs }],
});

const refuse = (code: RefusalCode, fact: string, needs: string): PlannedPlan => ({
  ok: false,
  refusals: [{ code, fact, needs }],
});

function inWords({ code, node, fact, needs }: ChangeRefusal, words: (text: string) => string): Refusal {
  return { code, ...(node === undefined ? {} : { server: node }), fact: words(fact), needs: words(needs) };
}

/** Whom it is about, for those who show a plan in one line. */
function endsOf(steps: readonly Step[]): readonly [Target | undefined, Target | undefined] {
  for (const { action } of steps) {
    if (action.verb === 'move-slots') return [action.from, action.to];
    if (action.verb === 'replicate') return [action.server, action.source];
    if ('server' in action) return [action.server, action.server];
  }
  return [undefined, undefined];
}

function guaranteeOf(request: ReshapeChange): string {
  switch (request.what) {
    case 'rebalance':
    case 'reshard':
      return moving;
    case 'remove-node':
      return request.drain ? moving : 'no slot and no key is touched';
    case 'fix':
      return request.withoutUnreachable === true
        ? 'every slot has one owner afterwards; no key that an answering primary has is lost'
        : 'every slot has one owner afterwards, and all keys of it; no key is lost';
    case 'add-node':
      return 'no slot and no key of the cluster is touched; the node is empty before';
    case 'place-replicas':
      return 'no primary is touched; a replica that goes over copies all data anew';
    case 'set-timeout':
      return 'nothing is restarted; when one node refuses, all others get back what they had';
  }
}

const moving =
  'no key is lost and no slot is without an owner at any moment; stopped anywhere, what has gone has gone and the rest stays';

function warningsOf(steps: readonly Step[]): readonly string[] {
  const moves = steps.some(({ action }) => action.verb === 'move-slots');
  return moves
    ? [
        'while a slot moves, a command on several of its keys may be answered TRYAGAIN; a large key holds both nodes up while it goes',
      ]
    : [];
}

function factsOf({ shards }: ClusterPicture, of: TargetOf): Plan['facts'] {
  return shards.map(({ primary, slots, replicas }) => ({
    text: `${of(primary).name}: ${countSlots(slots)} slots, ${replicas.length} replica${replicas.length === 1 ? '' : 's'}`,
  }));
}
